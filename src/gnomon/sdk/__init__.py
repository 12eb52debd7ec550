"""What a training script talks to: runs, the journal they write, the agent that ships it, and the read side."""
