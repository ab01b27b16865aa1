"""The servers that the sandbox can look like, one file each, seen in their own documents and code.

Only what a client can notice is in them.
"""
