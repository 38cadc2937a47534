"""What to read or watch next: for a question, for a source, for what somebody asked before."""
