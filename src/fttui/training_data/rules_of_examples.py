"""The wording of the rules for an example, by format.

Each row is name, severity, title, explanation, fix.
"""

from fttui.terminal.language import _

CHAT = (
    (
        "messages-missing",
        "error",
        _("an example has a list of messages"),
        _("Without messages there is nothing to train on."),
        _('add "messages": [ … ]'),
    ),
    (
        "message-object",
        "error",
        _("each message is an object"),
        _("A message is an object with a role and a content."),
        _('write {"role": "…", "content": "…"}'),
    ),
    (
        "message-role",
        "error",
        _("each message has a known role"),
        _("Roles are system, developer, user, assistant, tool and function."),
        _("write one of the known roles"),
    ),
    (
        "message-key",
        "error",
        _("a message holds only known keys"),
        _(
            "Known are role, content, name, weight, tool_calls, function_call, tool_call_id, "
            "refusal."
        ),
        _("remove the key"),
    ),
    (
        "message-content",
        "error",
        _("each message has a text or a list of parts as its content"),
        _("Only an assistant message that calls a tool, or refuses, may go without content."),
        _("give the message a text"),
    ),
    (
        "message-value",
        "error",
        _("name, refusal and the like are texts"),
        _("A value of another type is refused by the endpoint's schema."),
        _("write a text, or leave the key out"),
    ),
    (
        "weight",
        "error",
        _("weight is 0 or 1, and on assistant messages only"),
        _("The weight says whether an answer is learned; other messages never are."),
        _("write 0 or 1 on an assistant message, or leave weight out"),
    ),
    (
        "nothing-to-learn",
        "error",
        _("at least one assistant message has weight 1"),
        _("With every assistant message at weight 0 the example teaches nothing."),
        _("give one assistant message weight 1"),
    ),
    (
        "no-assistant-message",
        "error",
        _("an example has an assistant message"),
        _("Only assistant messages are learned."),
        _("add the answer as an assistant message"),
    ),
    (
        "last-message",
        "warning",
        _("the last message is the assistant's"),
        _("What comes after the last answer is never learned."),
        _("end the example with an assistant message"),
    ),
    (
        "no-system-message",
        "warning",
        _("an example has a system message"),
        _("A model learns best with the prompt that it will be used with."),
        _("add the system message that you will use later"),
    ),
    (
        "no-user-message",
        "warning",
        _("an example has a user message"),
        _("An answer without a question seldom is what is meant."),
        _("add the user's message"),
    ),
    (
        "system-prompts-differ",
        "warning",
        _("all examples have the same system prompt"),
        _("Different prompts are right for different tasks, and often an oversight."),
        _("use one wording, if they are meant to be the same"),
    ),
    (
        "tools",
        "error",
        _("tools is a list of functions with a name"),
        _(
            'Each tool is {"type": "function", "function": {"name": …}}; '
            "functions are 1 to 128 objects with a name."
        ),
        _("write the tools as for a chat request"),
    ),
    (
        "tools-in-some-examples",
        "warning",
        _("all examples declare tools, or none does"),
        _("Some endpoints take the keys from the first example and refuse the others as extra."),
        _("declare the tools in every example"),
    ),
    (
        "tool-call",
        "error",
        _("a tool call has an id, a type and a function with name and arguments"),
        _("Arguments are a text that holds JSON, not an object."),
        _('write {"id": "…", "type": "function", "function": {"name": "…", "arguments": "{…}"}}'),
    ),
    (
        "tool-arguments",
        "warning",
        _("the arguments of a tool call are valid JSON"),
        _("The model learns to write broken arguments."),
        _("write the arguments with a JSON library"),
    ),
    (
        "tool-undeclared",
        "warning",
        _("every function that is called is declared in tools"),
        _("The model cannot know a tool that the request does not offer."),
        _("declare the function in tools"),
    ),
    (
        "tool-call-id",
        "error",
        _("a tool message names an earlier tool call"),
        _("A result without its call is refused."),
        _("set tool_call_id to the id of the call that it answers"),
    ),
    (
        "tool-call-unanswered",
        "warning",
        _("a tool call is answered before the conversation goes on"),
        _("In use, the endpoint refuses a conversation with a call left open."),
        _("add the tool message with its result"),
    ),
    (
        "content-part",
        "error",
        _("a content part is text or image_url"),
        _("A part is {type: text, text} or {type: image_url, image_url: {url, detail}}."),
        _('write {"type": "text", "text": "…"}'),
    ),
    (
        "image-role",
        "error",
        _("images are in user messages only"),
        _("The endpoint refuses images in any other message."),
        _("move the image to a user message"),
    ),
    (
        "image-count",
        "error",
        _("an example has at most 10 images"),
        _("The limit of OpenAI; Azure takes 64."),
        _("take images out"),
    ),
    (
        "image-url",
        "warning",
        _("an image is a http(s) address or base64 data"),
        _("An image that cannot be read makes the endpoint skip the example silently."),
        _("use a public https:// address or data:image/png;base64,…"),
    ),
    (
        "image-format",
        "error",
        _("an image is JPEG, PNG or WEBP, of at most 10 MB"),
        _("Others are skipped or refused."),
        _("convert the image"),
    ),
    (
        "images-may-be-skipped",
        "warning",
        _("the endpoint may skip examples with images"),
        _("Images of people, faces, children and CAPTCHAs are skipped without failing the job."),
        _("make sure that no such images are in the file"),
    ),
)
"""Rules for the messages of an example, whichever format holds them."""

OTHER = (
    (
        "preference-input",
        "error",
        _("a preference example has an input with messages"),
        _("The input holds the conversation up to the answer, as {messages, tools, …}."),
        _('write "input": {"messages": [ … ]}'),
    ),
    (
        "preference-output",
        "error",
        _("preferred_output and non_preferred_output each hold one assistant answer"),
        _("Each is a list with at least one assistant message, of text only."),
        _('write [{"role": "assistant", "content": "…"}]'),
    ),
    (
        "preference-last-message",
        "error",
        _("the input of a preference example ends with a user or tool message"),
        _("The answers follow the input, so it cannot end with an answer."),
        _("move the last assistant message out of the input"),
    ),
    (
        "same-outputs",
        "warning",
        _("the preferred and the other answer differ"),
        _("Two equal answers express no preference."),
        _("change one of them, or remove the example"),
    ),
    (
        "empty-output",
        "warning",
        _("an answer is not empty"),
        _("The model learns to say nothing, or that saying nothing is worse."),
        _("write the answer"),
    ),
    (
        "reinforcement-last-message",
        "error",
        _("a reinforcement example ends with a user message"),
        _("The model writes the answer itself, and the grader judges it."),
        _("end the messages with the user's"),
    ),
    (
        "reinforcement-system",
        "error",
        _("a reinforcement example has no system message"),
        _("System messages are refused here; developer messages take their place."),
        _('write "developer" instead of "system"'),
    ),
    (
        "item-missing",
        "error",
        _("every item field that the grader uses is in every example"),
        _("A grader template with {{item.…}} fails on the example without it."),
        _("add the field, or take it out of the grader"),
    ),
    (
        "item-keys-differ",
        "warning",
        _("all reinforcement examples have the same item fields"),
        _("A field that is only there sometimes cannot be used by a grader."),
        _("give every example the same fields"),
    ),
    (
        "completion-value",
        "error",
        _("an example has a prompt and a completion, both texts"),
        _("No other keys and no other types are taken."),
        _('write {"prompt": "…", "completion": "…"}'),
    ),
    (
        "completion-empty",
        "warning",
        _("no completion is empty"),
        _("The model learns to say nothing."),
        _("write the completion, or remove the example"),
    ),
    (
        "completion-leading-space",
        "warning",
        _("completions begin with a space"),
        _("These models split words with the space before them."),
        _("begin each completion with a space"),
    ),
    (
        "completion-upper-case",
        "warning",
        _("text is not all in upper case"),
        _("These models know upper case text less well."),
        _("use lower case if it keeps the meaning"),
    ),
    (
        "common-prefix",
        "warning",
        _("completions do not all begin with the same text"),
        _("What all completions share is paid for and teaches nothing; it belongs to the prompt."),
        _("move the common text to the prompt"),
    ),
    (
        "no-common-suffix",
        "warning",
        _("prompts and completions end with a separator of their own"),
        _("Without a fixed end the model does not know where the prompt or its answer ends."),
        _(r"end prompts with e.g. \n\n###\n\n and completions with e.g. a line feed"),
    ),
)
"""Rules for preference, reinforcement and completion examples."""
