package dev.keiryo.cli;

import dev.keiryo.chat.ChatTemplate;
import dev.keiryo.chat.ChatTemplateSource;
import dev.keiryo.chat.RenderOptions;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.prompt.ChatText;
import dev.keiryo.prompt.PartKind;
import dev.keiryo.prompt.PlainText;
import dev.keiryo.prompt.Prompt;
import dev.keiryo.prompt.PromptBudget;
import dev.keiryo.prompt.PromptBudget.Fitted;
import dev.keiryo.prompt.PromptJson;
import dev.keiryo.prompt.PromptRenderer;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerConfig;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo prompt}: a prompt made of parts, as a model gets it. */
@Command(
        name = "prompt",
        description = "Renders a prompt made of parts for a model, counts its tokens, and fits it to a budget.",
        footer = "FILE is JSON: instruction, constraints, outputFormat, context, examples, selection, reasoning, input;"
                + " see docs/DECODING.md. keiryo prompt FILE MODEL --text | keiryo run MODEL -p - answers it.")
final class PromptCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "The prompt, in JSON.")
    private Path file;

    @Parameters(
            index = "1",
            paramLabel = "MODEL",
            arity = "0..1",
            defaultValue = ShippedModels.DEFAULT,
            description = "A model, or only its tokenizer: it is not run. Default: ${DEFAULT-VALUE}")
    private String model;

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "A Jinja template, or a model that carries one. Default: MODEL's own; else plain text.")
    private @Nullable Path templateFile;

    @Option(names = "--plain", description = "Plain text, as for a base model, whatever MODEL carries.")
    private boolean plain;

    @Option(names = "--budget", paramLabel = "N", description = "Tokens that the prompt may take.")
    private @Nullable Integer budget;

    @Option(
            names = "--shrink",
            split = ",",
            paramLabel = "PART",
            description = "What gives way to the budget, in this order. Default: examples,context")
    private List<PartKind> shrink = List.of(PartKind.EXAMPLES, PartKind.CONTEXT);

    @Option(names = "--input", paramLabel = "TEXT", description = "In place of the file's input.")
    private @Nullable String input;

    @Option(names = "--text", description = "Prints the rendering, and nothing else.")
    private boolean textOnly;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Prompt prompt = PromptJson.read(file);
        prompt = input == null ? prompt : prompt.withInput(input);
        Path path = ModelArgument.resolve(model);
        Tokenizer tokenizer = TokenizerFiles.open(path);
        Fitted fitted = fitted(prompt, renderer(path, tokenizer), tokenizer);
        String text = fitted.rendering().text();
        Map<PartKind, Integer> counts = fitted.rendering().counts(tokenizer);
        if (textOnly) {
            System.out.println(text);
        } else if (json) {
            System.out.println(json(fitted, counts));
        } else {
            System.out.println(text);
            System.out.println();
            counts.forEach((kind, tokens) -> System.out.printf("%-14s %7d tokens%n", kind, tokens));
            System.out.printf("%-14s %7d tokens%s%n", "together", fitted.tokens(), leftOut(fitted));
        }
        return 0;
    }

    private PromptRenderer renderer(Path path, Tokenizer tokenizer) throws IOException {
        if (plain && templateFile != null) {
            throw new UsageException("--plain goes without --chat-template");
        }
        ChatTemplateSource source =
                plain ? null : templateFile != null ? ChatTemplateSource.open(templateFile) : own(path);
        if (source == null) {
            return new PlainText();
        }
        String text = source.text(ChatTemplateSource.DEFAULT);
        ChatTemplate template = ChatTemplate.parse(
                source.name(), text, piece(tokenizer, tokenizer.bos()), piece(tokenizer, tokenizer.eos()));
        return new ChatText(template, RenderOptions.at(LocalDateTime.now(ZoneId.systemDefault())));
    }

    /** The templates that a model carries; null where it carries none, or there is only a tokenizer. */
    private static @Nullable ChatTemplateSource own(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            TokenizerConfig config = TokenizerConfig.read(path);
            boolean beside = Files.exists(path.resolve("chat_template.jinja"))
                    || Files.exists(path.resolve("chat_template.json"));
            return config.chatTemplates().isEmpty() && !beside ? null : ChatTemplateSource.open(path);
        }
        if (!String.valueOf(path.getFileName()).endsWith(".gguf")) {
            return null;
        }
        try (Checkpoint checkpoint = Checkpoints.open(path)) {
            ChatTemplateSource source = ChatTemplateSource.of(checkpoint.metadata(), null);
            return source.templates().isEmpty() ? null : source;
        }
    }

    private static String piece(Tokenizer tokenizer, int id) {
        return id < 0 ? "" : tokenizer.piece(id);
    }

    private Fitted fitted(Prompt prompt, PromptRenderer renderer, Tokenizer tokenizer) throws IOException {
        PromptBudget limit;
        try {
            limit = new PromptBudget(budget == null ? Integer.MAX_VALUE : budget, shrink);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        return limit.fit(prompt, renderer, tokenizer);
    }

    private String leftOut(Fitted fitted) {
        List<String> notes = new ArrayList<>();
        if (budget != null) {
            notes.add(" of " + budget);
        }
        if (fitted.droppedExamples() > 0) {
            notes.add(fitted.droppedExamples() + (fitted.droppedExamples() == 1 ? " example" : " examples")
                    + " left out");
        }
        if (fitted.cutCharacters() > 0) {
            notes.add(fitted.cutCharacters() + " characters of context left out");
        }
        return String.join("; ", notes);
    }

    private static String json(Fitted fitted, Map<PartKind, Integer> counts) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("text", fitted.rendering().text());
        root.put("tokens", fitted.tokens());
        ObjectNode parts = root.putObject("parts");
        counts.forEach((kind, tokens) -> parts.put(kind.toString(), tokens));
        root.put("examples", fitted.prompt().examples().size());
        root.put("droppedExamples", fitted.droppedExamples());
        root.put("cutCharacters", fitted.cutCharacters());
        return root.toString();
    }
}
