"""What is there: one script a host, parsed into Facts."""
