"""The child processes of planner and renderer, their messages, and the client that starts, watches and kills them."""
