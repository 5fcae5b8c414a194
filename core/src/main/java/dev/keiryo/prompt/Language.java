package dev.keiryo.prompt;

import java.lang.Character.UnicodeScript;
import java.util.Locale;

/** The words that a rendering adds to what its author wrote. */
public enum Language {
    EN(
            "Instruction",
            "Constraints",
            "Output format",
            "Context",
            "Example",
            "Input",
            "Output",
            ": ",
            "Let's think step by step.",
            " ",
            "So the answer is %s."),
    JA("指示", "制約", "出力形式", "文脈", "例", "入力", "出力", "：", "段階的に考えましょう。", "", "したがって、答えは%sです。");

    private final String instruction;
    private final String constraints;
    private final String outputFormat;
    private final String context;
    private final String example;
    private final String input;
    private final String output;
    private final String colon;
    private final String trigger;
    private final String space;
    private final String conclusion;

    Language(
            String instruction,
            String constraints,
            String outputFormat,
            String context,
            String example,
            String input,
            String output,
            String colon,
            String trigger,
            String space,
            String conclusion) {
        this.instruction = instruction;
        this.constraints = constraints;
        this.outputFormat = outputFormat;
        this.context = context;
        this.example = example;
        this.input = input;
        this.output = output;
        this.colon = colon;
        this.trigger = trigger;
        this.space = space;
        this.conclusion = conclusion;
    }

    /** Japanese where {@code text} holds kana, else English. */
    public static Language of(String text) {
        return text.codePoints().mapToObj(UnicodeScript::of).anyMatch(Language::isKana) ? JA : EN;
    }

    private static boolean isKana(UnicodeScript script) {
        return script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA;
    }

    /** The title of a kind of part. */
    String title(PartKind kind) {
        return switch (kind) {
            case INSTRUCTION -> instruction;
            case CONSTRAINTS -> constraints;
            case OUTPUT_FORMAT -> outputFormat;
            case CONTEXT -> context;
            case EXAMPLES -> example;
            case INPUT -> input;
            case ANSWER -> output;
            case SYSTEM, TEMPLATE -> "";
        };
    }

    /** Between a title and what follows on its line. */
    String colon() {
        return colon;
    }

    /** What asks for steps. */
    String trigger() {
        return trigger;
    }

    /** What an example answers: with {@code reasoning} by rationales, its steps and what follows from them. */
    String answer(Example example, Reasoning reasoning) {
        if (!reasoning.rationales()) {
            return example.output().strip();
        }
        String steps = example.rationale().strip()
                + space
                + conclusion.formatted(example.output().strip());
        return reasoning.triggered() ? trigger + space + steps : steps;
    }

    /** The name as a user gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
