"""The pages of what a school tells many at once: composing it, seeing it beforehand, its way, its outcome."""
