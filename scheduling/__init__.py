"""What runs when: who leads, which site has its turn, and the child process of each crawl."""
