"""The screens, one a file; each has its styles in a file of the same name under styles/."""
