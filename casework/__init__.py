"""What people do: register and withdraw pictures, and decide about matches."""
