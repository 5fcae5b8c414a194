package dev.keiryo.train.data;

import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A {@link DataCard} as JSON and as Markdown. */
public final class DataCardText {
    private DataCardText() {}

    /** One object; sizes in bytes, texts in UTF-16 units. */
    public static ObjectNode json(DataCard card) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        ArrayNode sources = root.putArray("sources");
        for (DataCard.Source source : card.sources()) {
            sources.addObject()
                    .put("file", source.file().path().toString())
                    .put("format", source.file().format().toString())
                    .put("bytes", source.file().bytes())
                    .put("documents", source.documents())
                    .put("characters", source.characters())
                    .put("licence", source.licence().isEmpty() ? null : source.licence());
        }
        ArrayNode steps = root.putArray("steps");
        for (StepCounts step : card.steps()) {
            step(steps.addObject(), step);
        }
        root.put("empty", card.empty());
        split(root.putObject("train"), card.train());
        split(root.putObject("validation"), card.validation());
        root.putObject("tokenizer")
                .put("name", card.tokenizer())
                .put("vocabulary", card.vocabulary())
                .put("fingerprint", String.format(Locale.ROOT, "%016x", card.fingerprint()));
        PreparationOptions options = card.options();
        root.putObject("options")
                .put("field", options.read().field())
                .put("documents", options.read().unit().toString())
                .put("piece", options.read().piece())
                .put("limitBytes", options.read().limit())
                .put("specialTokens", options.specialTokens() == SpecialTokens.PARSED)
                .put("filters", options.pipeline().text())
                .put("validation", options.validation())
                .put("seed", options.seed());
        return root;
    }

    private static void step(ObjectNode node, StepCounts step) {
        node.put("step", step.step())
                .put("documentsBefore", step.documentsBefore())
                .put("documentsAfter", step.documentsAfter())
                .put("charactersBefore", step.charactersBefore())
                .put("charactersAfter", step.charactersAfter())
                .put("changed", step.changed());
        ObjectNode dropped = node.putObject("dropped");
        step.reasons().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(e -> dropped.put(e.getKey(), e.getValue()));
        ArrayNode examples = node.putArray("examples");
        for (StepCounts.Example example : step.examples()) {
            ObjectNode one = examples.addObject().put("origin", example.origin());
            if (example.reason().isEmpty()) {
                one.put("before", example.before()).put("after", example.after());
            } else {
                one.put("reason", example.reason()).put("text", example.before());
            }
        }
    }

    private static void split(ObjectNode node, DataCard.Split split) {
        node.put("file", split.file())
                .put("documents", split.documents())
                .put("tokens", split.tokens())
                .put("characters", split.characters());
    }

    /** A page for people. */
    public static String markdown(DataCard card) {
        StringBuilder out = new StringBuilder("# Training data\n\n");
        PreparationOptions options = card.options();
        line(out, "| set | file | documents | tokens | characters |");
        line(out, "|---|---|---:|---:|---:|");
        split(out, "training", card.train());
        split(out, "validation", card.validation());
        line(out, "");
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "Tokens of %s (%,d ids, fingerprint %016x). A document is in the validation set by its hash: share %s, seed %d.",
                        code(card.tokenizer()),
                        card.vocabulary(),
                        card.fingerprint(),
                        options.validation(),
                        options.seed()));
        line(out, "\n## Sources\n");
        line(out, "| file | format | bytes | documents | characters | licence |");
        line(out, "|---|---|---:|---:|---:|---|");
        for (DataCard.Source source : card.sources()) {
            line(
                    out,
                    String.format(
                            Locale.ROOT,
                            "| %s | %s | %,d | %,d | %,d | %s |",
                            cell(source.file().path().toString()),
                            source.file().format(),
                            source.file().bytes(),
                            source.documents(),
                            source.characters(),
                            source.licence().isEmpty() ? "not given" : cell(source.licence())));
        }
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "\nText: field %s of records; of plain text a document is: %s.%s",
                        code(options.read().field()),
                        code(options.read().unit().toString()),
                        options.read().piece() == 0
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        " Longer ones are cut at %,d characters.",
                                        options.read().piece())));
        steps(out, card);
        return out.toString();
    }

    private static void steps(StringBuilder out, DataCard card) {
        line(out, "\n## Cleaning\n");
        line(out, "| step | documents before | after | characters before | after | changed | dropped because |");
        line(out, "|---|---:|---:|---:|---:|---:|---|");
        for (StepCounts step : card.steps()) {
            StringBuilder reasons = new StringBuilder();
            step.reasons().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(e -> reasons.append(reasons.isEmpty() ? "" : "; ")
                            .append(String.format(Locale.ROOT, "%s: %,d", e.getKey(), e.getValue())));
            line(
                    out,
                    String.format(
                            Locale.ROOT,
                            "| %s | %,d | %,d | %,d | %,d | %,d | %s |",
                            code(step.step()),
                            step.documentsBefore(),
                            step.documentsAfter(),
                            step.charactersBefore(),
                            step.charactersAfter(),
                            step.changed(),
                            cell(reasons.toString())));
        }
        if (card.empty() > 0) {
            line(
                    out,
                    String.format(
                            Locale.ROOT,
                            "\n%,d documents are left out, as cleaning or the tokenizer left nothing of them.",
                            card.empty()));
        }
        line(out, "\n## Examples\n");
        line(out, "What steps dropped or changed; personal data is masked here in any case.\n");
        for (StepCounts step : card.steps()) {
            for (StepCounts.Example example : step.examples()) {
                if (example.reason().isEmpty()) {
                    line(
                            out,
                            String.format(
                                    Locale.ROOT,
                                    "- %s, %s: %s → %s",
                                    code(step.step()),
                                    cell(example.origin()),
                                    code(example.before()),
                                    code(example.after())));
                } else {
                    line(
                            out,
                            String.format(
                                    Locale.ROOT,
                                    "- %s, %s, %s: %s",
                                    code(step.step()),
                                    cell(example.origin()),
                                    example.reason(),
                                    code(example.before())));
                }
            }
        }
    }

    private static void split(StringBuilder out, String name, DataCard.Split split) {
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "| %s | %s | %,d | %,d | %,d |",
                        name,
                        split.file(),
                        split.documents(),
                        split.tokens(),
                        split.characters()));
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replace('\n', ' ');
    }

    /** Texts from outside stay texts: no markup of theirs counts. */
    private static String code(String text) {
        return "`" + text.replace('`', '\'').replace("|", "\\|").replace('\n', ' ') + "`";
    }

    private static void line(StringBuilder out, String line) {
        out.append(line).append('\n');
    }
}
