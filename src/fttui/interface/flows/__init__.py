"""What `OpenAiInterfaceUtils` can be asked for, one file each: workers, dialogs, messages."""
