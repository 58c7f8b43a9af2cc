"""Systems that make songs for prompts: a program, an HTTP endpoint, our own composer."""
