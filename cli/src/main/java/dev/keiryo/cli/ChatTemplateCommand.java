package dev.keiryo.cli;

import dev.keiryo.chat.ChatTemplateSource;
import dev.keiryo.template.JsonText;
import dev.keiryo.template.RaisedException;
import dev.keiryo.template.Template;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo chat-template}: the text that a model's template makes of a conversation. */
@Command(
        name = "chat-template",
        description = {
            "Prints what a chat template makes of a conversation: exactly that, without a line break added.",
            "Where the template refuses the conversation, the exit code is 1 and its message goes to standard error."
        })
final class ChatTemplateCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            defaultValue = ShippedModels.DEFAULT,
            description =
                    "A file *.jinja, a tokenizer_config.json, a Hugging Face folder, a GGUF file, or ORG/NAME on the"
                            + " hub. Default: ${DEFAULT-VALUE}")
    private String model;

    @Option(
            names = "--context",
            required = true,
            paramLabel = "FILE",
            description = "JSON of what the template may read: messages, tools, add_generation_prompt, …; - is standard"
                    + " input. bos_token and eos_token are the model's unless they are given.")
    private String context;

    @Option(
            names = "--now",
            paramLabel = "TIME",
            description = "The time that the template is told, as 2026-01-15T12:00:00. Default: the present.")
    private @Nullable LocalDateTime now;

    @Option(
            names = "--template",
            paramLabel = "NAME",
            description = "Which of the model's templates, or a well-known one: chatml, llama3, gemma, phi3, mistral."
                    + " Default: ${DEFAULT-VALUE}.")
    private String template = ChatTemplateSource.DEFAULT;

    @Override
    public Integer call() throws IOException {
        ChatTemplateSource source = ChatTemplateSource.open(ModelArgument.resolve(model));
        String text = source.text(template);
        Map<String, @Nullable Object> variables = JsonText.readObject(context, context());
        putIfAbsent(variables, "bos_token", source.bos());
        putIfAbsent(variables, "eos_token", source.eos());
        try {
            String rendered = Template.parse(model, text)
                    .render(variables, now == null ? LocalDateTime.now(ZoneId.systemDefault()) : now);
            System.out.write(rendered.getBytes(StandardCharsets.UTF_8));
            System.out.flush();
            return 0;
        } catch (RaisedException e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private String context() throws IOException {
        byte[] bytes = context.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(context));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void putIfAbsent(Map<String, @Nullable Object> variables, String name, String token) {
        if (!variables.containsKey(name) && !token.isEmpty()) {
            variables.put(name, token);
        }
    }
}
