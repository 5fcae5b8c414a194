package dev.keiryo.generate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The text form of a {@link SamplerChain}: {@code link;link;…}, where a link is {@code name}, {@code name:value} or
 * {@code name:parameter=value,…}. A list is {@code a|b}. A string may be quoted as in JSON, and must be where it holds a
 * separator.
 */
final class ChainText {
    private static final Map<String, Function<LinkArguments, SamplerLink>> LINKS = links();
    /** What a chain may begin with. */
    private static final Map<String, Function<LinkArguments, LogitSource>> SOURCES =
            Map.of("cfg", Guidance::of, "dola", Dola::of, "contrastive", ContrastiveSearch::of);

    private static final Map<String, String> OTHER_NAMES = Map.ofEntries(
            Map.entry("temperature", "temp"),
            Map.entry("dynatemp", "dynamic_temperature"),
            Map.entry("temp_ext", "dynamic_temperature"),
            Map.entry("typical_p", "typical"),
            Map.entry("tfs", "tail_free"),
            Map.entry("tfs_z", "tail_free"),
            Map.entry("epsilon", "epsilon_cutoff"),
            Map.entry("eta", "eta_cutoff"),
            Map.entry("mirostat_v1", "mirostat"),
            Map.entry("guidance", "cfg"),
            Map.entry("contrastive_search", "contrastive"),
            Map.entry("ban", "banned_tokens"));

    private ChainText() {}

    private static Map<String, Function<LinkArguments, SamplerLink>> links() {
        Map<String, Function<LinkArguments, SamplerLink>> links = new LinkedHashMap<>();
        links.put("logit_bias", LogitBias::of);
        links.put("banned_tokens", BannedTokens::of);
        links.put("banned_strings", BannedStrings::of);
        links.put("min_tokens", MinTokens::of);
        links.put("forced_tokens", ForcedTokens::of);
        links.put("penalties", Penalties::of);
        links.put("no_repeat_ngram", NoRepeatNgram::of);
        links.put("dry", Dry::of);
        links.put("top_n_sigma", TopNSigma::of);
        links.put("top_k", TopK::of);
        links.put("typical", TypicalP::of);
        links.put("top_p", TopP::of);
        links.put("min_p", MinP::of);
        links.put("top_a", TopA::of);
        links.put("epsilon_cutoff", EpsilonCutoff::of);
        links.put("eta_cutoff", EtaCutoff::of);
        links.put("tail_free", TailFree::of);
        links.put("xtc", Xtc::of);
        links.put("dynamic_temperature", DynamicTemperature::of);
        links.put("temp", Temperature::of);
        links.put("mirostat", Mirostat::of);
        links.put("mirostat_v2", MirostatV2::of);
        links.put("greedy", arguments -> new Greedy());
        return links;
    }

    /** The names of all links, in the order that a chain usually has. */
    static List<String> names() {
        return List.copyOf(LINKS.keySet());
    }

    static SamplerChain parse(String text) {
        LogitSource source = LogitSource.MODEL;
        List<SamplerLink> links = new ArrayList<>();
        for (String part : split(text, ';')) {
            if (part.isBlank()) {
                continue;
            }
            String name = name(part);
            if (!SOURCES.containsKey(name)) {
                links.add(made(name, part, link(name)));
            } else if (source == LogitSource.MODEL && links.isEmpty()) {
                source = made(name, part, SOURCES.get(name));
            } else {
                throw new IllegalArgumentException(
                        name + " makes the logits that samplers work on: it may stand first only, and alone");
            }
        }
        return new SamplerChain(source, links);
    }

    /** The name that {@code text} begins with, as the tables have it. */
    private static String name(String text) {
        int colon = text.indexOf(':');
        String name = normal(colon < 0 ? text : text.substring(0, colon));
        return OTHER_NAMES.getOrDefault(name, name);
    }

    private static Function<LinkArguments, SamplerLink> link(String name) {
        Function<LinkArguments, SamplerLink> link = LINKS.get(name);
        if (link == null) {
            throw new IllegalArgumentException("there is no sampler " + name + "; there are "
                    + String.join(", ", LINKS.keySet()) + ", and before them cfg, dola, contrastive");
        }
        return link;
    }

    /** What {@code kind} makes of the parameters in {@code text}. */
    private static <T> T made(String name, String text, Function<LinkArguments, T> kind) {
        int colon = text.indexOf(':');
        Map<String, String> given = new LinkedHashMap<>();
        for (String parameter : colon < 0 ? List.<String>of() : split(text.substring(colon + 1), ',')) {
            int equals = split(parameter, '=').getFirst().length();
            boolean named = equals < parameter.length();
            String key = named ? normal(parameter.substring(0, equals)) : "";
            String value = (named ? parameter.substring(equals + 1) : parameter).strip();
            if (!named && value.isEmpty()) {
                continue;
            }
            if (given.putIfAbsent(key, value) != null) {
                throw new IllegalArgumentException(
                        name + (named ? " has " + key + " twice" : " has several values without a name"));
            }
        }
        LinkArguments arguments = new LinkArguments(name, given);
        T made = kind.apply(arguments);
        arguments.finish();
        return made;
    }

    private static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace('-', '_');
    }

    /** The parts of {@code text} between separators outside quotes; one part at least. */
    static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        if (quoted) {
            throw new IllegalArgumentException("a quote is not closed in " + text);
        }
        parts.add(text.substring(from));
        return parts;
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }

    /** The string that {@code text}, quoted or not, stands for. */
    static String unquote(String text, String link) {
        String stripped = text.strip();
        if (!stripped.startsWith("\"")) {
            return text;
        }
        if (!closedAtEnd(stripped)) {
            throw new IllegalArgumentException(link + ": text follows the closing quote in " + stripped);
        }
        StringBuilder out = new StringBuilder();
        int end = stripped.length() - 1;
        for (int i = 1; i < end; i++) {
            char c = stripped.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            c = stripped.charAt(++i);
            switch (c) {
                case '"', '\\', '/' -> out.append(c);
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'u' -> {
                    String digits = stripped.substring(i + 1, Math.min(i + 5, end));
                    if (!digits.matches("[0-9A-Fa-f]{4}")) {
                        throw new IllegalArgumentException(link + ": \\u needs four hexadecimal digits in " + stripped);
                    }
                    out.append((char) Integer.parseInt(digits, 16));
                    i += 4;
                }
                default -> throw new IllegalArgumentException(link + ": there is no escape \\" + c + " in " + stripped);
            }
        }
        return out.toString();
    }

    /** Whether the first quote is closed by the last character. */
    private static boolean closedAtEnd(String quoted) {
        for (int i = 1; i < quoted.length(); i++) {
            if (quoted.charAt(i) == '\\') {
                i++;
            } else if (quoted.charAt(i) == '"') {
                return i == quoted.length() - 1;
            }
        }
        return false;
    }
}
