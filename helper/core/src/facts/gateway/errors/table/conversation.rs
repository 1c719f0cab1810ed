//! Errors about the conversation: its length, its history, its images.

use super::prelude::*;

/// The conversation is longer than the model's context window.
const CONTEXT: &str = "\
    prompt is too long | prompt too long | prompt_too_long | prompt is longer | input is too long | \
    input too long | input_too_long | too long for requested model | conversation too long | \
    conversation is too long | context length | context_length | context window | context limit | \
    context size | maximum context | max context | context_window | contextwindow | exceeds the context | \
    exceed_context | exceed context | token count exceeds | tokens exceeds | \
    exceeds the maximum number of tokens | maximum number of tokens allowed | \
    maximum allowed number of input tokens | maximum number of input tokens | max_prompt_tokens | \
    prompt token count | maximum prompt length | max prompt length | range of input length | \
    input length and `max_tokens` | reduce the length of the messages | reduce the length of the prompt | \
    reduce your prompt | shorten your prompt | maximum input length | max input length | \
    input length exceeds | input length ( | longer than the maximum model length | \
    longer than the model's context | exceeds model's maximum | max_model_len | max_seq_len | \
    tokens > 200000 | tokens > 1000000 | 上下文 | 输入过长 | context low | too many input tokens | \
    input tokens exceed | input is longer than | too large for model with | message is too long | \
    total length of the messages";
/// Thinking blocks of another provider, or ones that were changed.
const SIGNATURE: &str = "\
    `signature` in `thinking` | signature in thinking | invalid signature | thinking signature | \
    thought signature | thought_signature | thoughtsignature | signature: field required | \
    thinking.signature | signature verification | redacted_thinking | thinking block | `thinking` blocks | \
    reasoning_content | encrypted content | encrypted_content | reasoning item | \
    thinking mode must be passed";
/// Tool calls and results that do not match, or an empty message.
const PAIRS: &str = "\
    tool use concurrency | tool_use` ids | tool_use ids | tool_use_id | `tool_result` block | \
    tool_result block | tool_use block | without `tool_result` | must be followed by tool messages | \
    preceding message with 'tool_calls' | preceeding message with 'tool_calls' | \
    preceeding message with 'toolcalls' | preceding message with tool_calls | tool_call_id | \
    function call parts | function response | functionresponse | tooluse blocks | toolresult blocks | \
    tool result blocks | tool call and result | tool calls and results | \
    text content blocks must be non-empty | text content blocks must contain non-whitespace | \
    must have non-empty content | final assistant content cannot end with trailing whitespace | \
    all messages must have non-empty | roles must alternate | first message must use the | \
    conversation must end with a user | conversation must start with a user | \
    does not support assistant message prefill | cache_control cannot be set for empty | unexpected role | \
    no tool call found for function call output";
/// Images and documents.
const MEDIA: &str = "\
    could not process image | could not process pdf | image dimensions | image exceeds | \
    image was too large | image is too large | image too large | unable to resize image | \
    image file is too large | maximum allowed size for many-image | pdf pages | pdf too large | \
    pdf is password | image does not match | image/png | media type | media_type | unsupported image | \
    invalid image | invalid base64 | base64 data | image_url | does not support image | \
    do not support image | no image support | not support images | image input | images are not supported | \
    vision is not | multimodal | too many images | image_parse_error | failed to download image | \
    unknown variant `image";

rows! {
    OWN;
    ContextTooLong {
        meaning: "The conversation is too long for the model's context window.",
        fix: "run /compact or /clear, or choose a model with a larger window; if the server's window is smaller than Claude Code assumes, set CLAUDE_CODE_AUTO_COMPACT_WINDOW to its size and lower CLAUDE_CODE_MAX_OUTPUT_TOKENS",
        alike: &[RequestTooLarge],
        level: Client,
        doc: Some(docs::CC_ERRORS),
        loosely: ordinary("context | prompt | input | conversation | history | tokens | n_ctx | 上下文",
                          "exceed | too long | too large | too many | overflow | longer | over the limit | \
                           limit of | larger than | maximum length | full | 超"),
        [Failed, Not(&Status(413)), Any(CONTEXT)] => Likely,
        [Kind("context_length_exceeded | context_window_exceeded | exceed_context_size_error | \
               model_max_prompt_tokens_exceeded | string_above_max_length | 1261")] => Likely,
    }
    ThinkingHistory {
        meaning: "The history has thinking blocks that this provider did not sign: they come from another provider or gateway, or were changed in transit.",
        fix: "start a new session (/clear), or go back with /rewind to before the provider was changed; a signature is valid only at the provider that made it",
        alike: &[ConversationBroken],
        loosely: telling("thinking | signature | reasoning",
                         "invalid | missing | must | required | expected | corrupt | cannot | not valid | \
                          mismatch"),
        [Failed, Any(SIGNATURE)] => Likely,
    }
    ConversationBroken {
        meaning: "The history is inconsistent: a tool call without its result, a result without its call, or an empty message.",
        fix: "go back with /rewind, or start a new session with /clear; if it happens again, something in between changes messages: run `cf-aig conformance`",
        alike: &[ThinkingHistory],
        level: Client,
        doc: Some(docs::CC_ERRORS),
        loosely: telling("tool_use | tool_result | tool use | tool result | tool call | tool_call | roles | \
                          contentblock | content block | text field | message content",
                         "blank | empty | without | missing | must | mismatch | unexpected | duplicate | \
                          orphan | invalid | not found | no matching | unique"),
        [Failed, Any(PAIRS)] => Likely,
    }
    MediaRejected {
        meaning: "The provider rejects an image or document in the conversation: too large, too many, an unsupported type, or the model supports none.",
        fix: "go back with /rewind to before the image, or send a smaller one (at most 8000 pixels per side, 5 MB); a model without vision accepts no images",
        doc: Some(docs::CC_ERRORS),
        loosely: telling("image | picture | screenshot | pdf | document | attachment | media | vision",
                         "too large | exceed | not support | unsupported | invalid | could not | cannot | \
                          fail | reject | too many | unreadable"),
        [Failed, Any(MEDIA)] => Likely,
        [Kind("image_parse_error | invalid_image | image_error")] => Likely,
    }
    RequestTooLarge {
        meaning: "The request is larger than the provider, or something before it, accepts.",
        fix: "run /compact, or remove large images from the conversation",
        alike: &[RequestTooLargeInFront],
        level: Client,
        doc: Some(docs::CC_ERRORS),
        [Kind("request_too_large")] => Likely,
        [Status(413)] => Likely,
        [
            Failed,
            Any("request too large | request_too_large | request exceeds the maximum size | \
                 payload too large | request body too large | exceeds the maximum allowed number of bytes | \
                 body is too large | request size exceeds | length limit exceeded"),
        ] => Likely,
    }
    RequestTooLargeInFront {
        speaker: Unknown,
        layer: Layer::Http,
        meaning: "A server in front of the model (nginx, a proxy, an edge) rejects requests of this size; it is not the provider's limit.",
        fix: "run /compact for now; have that server's limit raised to 32 MB (nginx: client_max_body_size); `curl -v` shows its name in `server`",
        alike: &[RequestTooLarge],
        [Status(413), Html] => Likely,
        [Any("413 payload too large | request entity too large | client intended to send too large body | \
              entity.too.large | body exceeded | function_payload_too_large | request_entity_too_large")] => Likely,
        [Printed, Says("Request too large (max 32MB)")] => Possible,
    }
    OutputLimit {
        meaning: "The request asks for more output tokens than the model allows, or its thinking budget is not below that number.",
        fix: "lower the field max_tokens: set CLAUDE_CODE_MAX_OUTPUT_TOKENS (and MAX_THINKING_TOKENS below it) to what the message allows",
        alike: &[ContextTooLong, StreamingRequired],
        doc: Some(docs::CC_ERRORS),
        loosely: telling("max_tokens | max tokens | output token | completion tokens | thinking budget",
                         "exceed | too large | too high | maximum | range"),
        [
            Failed,
            Any("max_tokens | max_output_tokens | max_completion_tokens | maxoutputtokens | \
                 max output tokens | budget_tokens | maxtokens"),
            Any(" >  | less than | at most | maximum | exceed | too large | between | must not | under  | \
                 range | limit"),
        ] => Likely,
        [
            Failed,
            Any("maximum allowed number of output tokens | maximum output tokens | thinking budget | \
                 budget_tokens | output token maximum | maximum tokens you requested exceeds"),
        ] => Likely,
    }
    ContentRefused {
        meaning: "The provider's own content filter or usage policy refused the prompt or the response.",
        fix: "rephrase it, or go back with /rewind: the text stays in the history and is refused again; the gateway is not at fault",
        alike: &[GuardrailPrompt, ForeignGuardrail],
        loosely: ordinary("content | policy | safety | moderation | prompt",
                          "filter | violat | flagged | inappropriate | unsafe | prohibited | sensitive"),
        [
            Failed,
            Any("content filter | content_filter | content management policy | responsibleaipolicy | \
                 content_policy | content policy | usage policy | prohibited_content | prohibited content | \
                 data_inspection_failed | inappropriate content | sensitive content | sensitive words | \
                 safety reasons | blocked by safety | new_sensitive | content exists risk | 敏感 | \
                 flagged for | requires moderation | input was flagged"),
        ] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Model, speaker: TheProvider, level: Reported, ..ROW };
