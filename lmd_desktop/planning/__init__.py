"""Dialog to messages to grammar to tokens to layout. llama_cpp is imported in one file only."""
