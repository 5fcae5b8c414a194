package dev.keiryo.prompt;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what a chain of thought comes to, in a form in which answers can be counted: see
 * {@link dev.keiryo.generate.BestOf#vote}. All work on Unicode's compatibility form, so that {@code ４２} is {@code 42}.
 */
public enum FinalAnswer implements Function<String, Optional<String>> {
    /** The first number behind the last {@code ####} (GSM8K), else the last number: {@code 1,234.50} is {@code 1234.5}. */
    NUMBER {
        @Override
        Optional<String> find(String text) {
            int mark = text.lastIndexOf("####");
            Matcher marked = AMOUNT.matcher(mark < 0 ? "" : text.substring(mark));
            return (marked.find() ? Optional.of(marked.group()) : last(AMOUNT, text)).map(FinalAnswer::plainNumber);
        }
    },
    /** The last letter of a multiple choice: behind words such as "the answer is", else in parentheses, else alone on a line. */
    CHOICE {
        @Override
        Optional<String> find(String text) {
            return last(NAMED_CHOICE, text)
                    .or(() -> last(BRACKETED_CHOICE, text))
                    .or(() -> last(LONE_CHOICE, text))
                    .map(letter -> letter.toUpperCase(Locale.ROOT));
        }
    },
    /** What is in the last {@code \boxed{…}}, braces balanced. */
    BOXED {
        @Override
        Optional<String> find(String text) {
            int from = text.lastIndexOf("\\boxed{");
            int depth = 0;
            for (int i = from + "\\boxed".length(); from >= 0 && i < text.length(); i++) {
                char c = text.charAt(i);
                depth += c == '{' ? 1 : c == '}' ? -1 : 0;
                if (depth == 0) {
                    return Optional.of(
                            text.substring(from + "\\boxed{".length(), i).strip());
                }
            }
            return Optional.empty();
        }
    },
    /** The end of the sentence behind the last "answer is", "Answer:", 答えは, 答え:, without case and closing marks. */
    PHRASE {
        @Override
        Optional<String> find(String text) {
            return last(NAMED_PHRASE, text).map(FinalAnswer::plainPhrase).filter(s -> !s.isEmpty());
        }
    };

    private static final String NAMES =
            "(?:answer\\s+(?:is|was)|answer\\s*[:=]|答え\\s*(?:は|[:=])|正解\\s*(?:は|[:=])|回答\\s*(?:は|[:=])|解答\\s*(?:は|[:=]))";
    private static final Pattern AMOUNT =
            Pattern.compile("(?<![A-Za-z\\d.])[-−]?\\$?(?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?(?!\\d)");
    private static final Pattern NAMED_CHOICE =
            Pattern.compile("(?i)" + NAMES + "[\\s:*]*[(\\[「]?\\s*([A-J])(?![\\p{Alpha}'])");
    private static final Pattern BRACKETED_CHOICE = Pattern.compile("[(\\[「]([A-Ja-j])[)\\]」]");
    private static final Pattern LONE_CHOICE = Pattern.compile("(?m)^\\s*([A-J])[.)]?\\s*$");
    private static final Pattern NAMED_PHRASE =
            Pattern.compile("(?i)" + NAMES + "[\\s:]*([^\\n。]*?)(?=[.!?](?:\\s|$)|[\\n。!?]|$)");

    abstract Optional<String> find(String text);

    @Override
    public Optional<String> apply(String text) {
        return find(Normalizer.normalize(text, Normalizer.Form.NFKC));
    }

    /** The last match of {@code pattern}, its group 1; without groups, all of it. */
    public static Function<String, Optional<String>> matching(Pattern pattern) {
        return text -> last(pattern, text).map(String::strip).filter(s -> !s.isEmpty());
    }

    private static Optional<String> last(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        String found = null;
        while (matcher.find()) {
            String group = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
            found = group == null ? found : group;
        }
        return Optional.ofNullable(found);
    }

    private static String plainNumber(String text) {
        String plain = text.replace(",", "").replace("$", "").replace('−', '-');
        if (plain.contains(".")) {
            plain = plain.replaceAll("0+$", "").replaceAll("\\.$", "");
        }
        plain = plain.replaceAll("^(-?)0+(?=\\d)", "$1");
        return plain.equals("-0") ? "0" : plain;
    }

    private static String plainPhrase(String text) {
        return text.strip()
                .replaceAll("^[\"'「『*(\\s]+|[\"'」』*)\\s.!?,、。]+$", "")
                .replaceAll("(?:です|である|だ)$", "")
                .replaceAll("[」』\"']+$", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\s+", " ");
    }

    /** The name as a user gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
