"""What the torture tests stand on: real processes, a school full of parents, and books that must balance."""
