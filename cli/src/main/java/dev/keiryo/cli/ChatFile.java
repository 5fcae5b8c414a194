package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.ToolCall;
import dev.keiryo.file.ReplacedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation in a file: messages as the OpenAI API writes them, and the parameters that {@code /params} sets.
 *
 * @param model that it was held with, for people
 * @param parameters by the names of {@link ChatSettings#set}
 */
record ChatFile(String model, List<Message> messages, Map<String, String> parameters) {
    private static final long LARGEST = 64 << 20;
    private static final Set<String> ROLES = Set.of(Message.SYSTEM, Message.USER, Message.ASSISTANT, Message.TOOL);

    /** {@code stop} holds a string in each line. */
    private static final Set<String> PARAMETERS =
            Set.of("chain", "max_tokens", "seed", "truncate", "thinking", "tool_choice", "stop");

    ChatFile {
        messages = List.copyOf(messages);
        parameters = new LinkedHashMap<>(parameters);
    }

    static ChatFile of(String model, ChatSession session) {
        ChatSettings settings = session.settings();
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("chain", settings.chain().toString());
        parameters.put("max_tokens", Integer.toString(settings.maxTokens()));
        Long seed = settings.seed();
        parameters.put("seed", seed == null ? "random" : seed.toString());
        parameters.put(
                "stop",
                String.join(
                        "\n",
                        settings.stops().strings().stream()
                                .map(s -> s.replace("\n", "\\n").replace("\t", "\\t"))
                                .toList()));
        parameters.put("truncate", settings.truncation().toString());
        Boolean thinking = settings.thinking();
        parameters.put("thinking", thinking == null ? "auto" : thinking ? "on" : "off");
        parameters.put("tool_choice", settings.toolChoice().toString());
        return new ChatFile(model, session.messages(), parameters);
    }

    /** {@code settings} with the file's parameters. */
    ChatSettings applied(ChatSettings settings) {
        ChatSettings changed = settings.copy();
        parameters.forEach((name, value) -> {
            if (name.equals("stop")) {
                changed.set(name, "");
                value.lines().filter(s -> !s.isEmpty()).forEach(s -> changed.set(name, s));
            } else {
                changed.set(name, value);
            }
        });
        return changed;
    }

    /** Replaces {@code path} at once, or leaves it as it was. */
    void write(Path path) throws IOException {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("model", model);
        ObjectNode params = root.putObject("params");
        parameters.forEach(params::put);
        ArrayNode list = root.putArray("messages");
        messages.forEach(message -> add(list.addObject(), message));
        ReplacedFile.write(path, root.toPrettyString() + "\n");
    }

    private static void add(ObjectNode node, Message message) {
        node.put("role", message.role()).put("content", message.content());
        if (message.reasoning() != null) {
            node.put("reasoning_content", message.reasoning());
        }
        if (message.toolCallId() != null) {
            node.put("tool_call_id", message.toolCallId());
        }
        if (message.name() != null) {
            node.put("name", message.name());
        }
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = node.putArray("tool_calls");
            for (ToolCall call : message.toolCalls()) {
                ObjectNode one = calls.addObject().put("id", call.id()).put("type", "function");
                one.putObject("function")
                        .put("name", call.name())
                        .set("arguments", JsonMapper.shared().valueToTree(call.arguments()));
            }
        }
    }

    /** @throws FormatException where the file is not such a conversation */
    static ChatFile read(Path path) throws IOException {
        String source = path.toString();
        if (Files.size(path) > LARGEST) {
            throw new FormatException(source, Files.size(path) + " bytes are too many for a conversation");
        }
        JsonNode root;
        try {
            root = JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build()
                    .readTree(Files.readAllBytes(path));
        } catch (JacksonException e) {
            long at = e.getLocation() == null
                    ? FormatException.NO_OFFSET
                    : e.getLocation().getByteOffset();
            throw new FormatException(source, at, "malformed JSON: " + e.getOriginalMessage());
        }
        requireObject(source, "the conversation", root, Set.of("model", "params", "messages"));
        Map<String, String> parameters = new LinkedHashMap<>();
        JsonNode params = root.path("params");
        if (!params.isMissingNode()) {
            requireObject(source, "params", params, PARAMETERS);
            for (String key : params.propertyNames()) {
                parameters.put(key, string(source, "params." + key, params.get(key)));
            }
        }
        JsonNode list = root.path("messages");
        if (!list.isArray()) {
            throw new FormatException(source, "messages should be an array");
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(source, "messages[" + i + "]", list.get(i), i == 0));
        }
        requireAnswers(source, messages);
        return new ChatFile(root.path("model").asString(""), messages, parameters);
    }

    private static Message message(String source, String at, JsonNode node, boolean first) throws FormatException {
        requireObject(
                source, at, node, Set.of("role", "content", "reasoning_content", "tool_call_id", "name", "tool_calls"));
        String role = string(source, at + ".role", node.path("role"));
        if (!ROLES.contains(role)) {
            throw new FormatException(source, at + ".role is " + role + "; there are system, user, assistant, tool");
        }
        if (role.equals(Message.SYSTEM) && !first) {
            throw new FormatException(source, at + ": only the first message may be the system's");
        }
        List<ToolCall> calls = new ArrayList<>();
        JsonNode list = node.path("tool_calls");
        for (int i = 0; i < list.size(); i++) {
            calls.add(call(source, at + ".tool_calls[" + i + "]", list.get(i)));
        }
        JsonNode content = node.path("content");
        boolean silent = content.isNull() || content.isMissingNode();
        if (silent && calls.isEmpty()) {
            throw new FormatException(source, at + " has no content");
        }
        return new Message(
                role,
                silent ? "" : string(source, at + ".content", content),
                optional(source, at + ".reasoning_content", node.path("reasoning_content")),
                calls,
                optional(source, at + ".tool_call_id", node.path("tool_call_id")),
                optional(source, at + ".name", node.path("name")));
    }

    private static ToolCall call(String source, String at, JsonNode node) throws FormatException {
        requireObject(source, at, node, Set.of("id", "type", "function"));
        JsonNode function = node.path("function");
        requireObject(source, at + ".function", function, Set.of("name", "arguments"));
        JsonNode arguments = function.path("arguments");
        if (!arguments.isObject()) {
            throw new FormatException(source, at + ".function.arguments should be an object");
        }
        Map<String, Object> values =
                JsonMapper.shared().convertValue(arguments, new TypeReference<Map<String, Object>>() {});
        return new ToolCall(
                string(source, at + ".id", node.path("id")),
                string(source, at + ".function.name", function.path("name")),
                values);
    }

    /** A tool's message answers a call that was made before. */
    private static void requireAnswers(String source, List<Message> messages) throws FormatException {
        List<String> called = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            message.toolCalls().forEach(call -> called.add(call.id()));
            if (message.role().equals(Message.TOOL) && !called.contains(message.toolCallId())) {
                throw new FormatException(
                        source,
                        "messages[" + i + "] answers the tool call " + message.toolCallId()
                                + ", which is not made before it");
            }
        }
    }

    private static void requireObject(String source, String at, JsonNode node, Set<String> known)
            throws FormatException {
        if (!node.isObject()) {
            throw new FormatException(source, at + " should be an object");
        }
        for (String key : node.propertyNames()) {
            if (!known.contains(key)) {
                throw new FormatException(
                        source,
                        at + ": there is no key " + key + "; there are "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private static String string(String source, String at, JsonNode node) throws FormatException {
        if (!node.isString()) {
            throw new FormatException(source, at + " should be a string");
        }
        return node.asString();
    }

    private static @Nullable String optional(String source, String at, JsonNode node) throws FormatException {
        return node.isMissingNode() || node.isNull() ? null : string(source, at, node);
    }
}
