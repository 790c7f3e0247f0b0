"""What operators do, each step with its entry in the audit chain, and how the watch is judged."""
