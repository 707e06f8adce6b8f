"""Layouts as other people and programs write them: reading what a chatbot answered, writing what others read."""
