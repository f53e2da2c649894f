"""The settings of a school: what is set, by whom, whether it works, and who did what."""
