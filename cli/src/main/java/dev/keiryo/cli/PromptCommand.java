package dev.keiryo.cli;

import dev.keiryo.prompt.PartKind;
import dev.keiryo.prompt.PlainText;
import dev.keiryo.prompt.Prompt;
import dev.keiryo.prompt.PromptBudget;
import dev.keiryo.prompt.PromptBudget.Fitted;
import dev.keiryo.prompt.PromptJson;
import dev.keiryo.prompt.PromptRenderer;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
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

    @Parameters(index = "1", paramLabel = "MODEL", description = "A model, or only its tokenizer: it is not run.")
    private String model;

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
        Tokenizer tokenizer = TokenizerFiles.open(ModelArgument.resolve(model));
        Fitted fitted = fitted(prompt, new PlainText(), tokenizer);
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
