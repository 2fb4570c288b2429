"""What is asked, mirrored from answers/."""
