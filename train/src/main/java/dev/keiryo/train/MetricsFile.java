package dev.keiryo.train;

import dev.keiryo.file.ReplacedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** {@code metrics.jsonl}: a JSON object for each step and for each validation, in order, written at once. */
final class MetricsFile {
    private final Path file;

    /** Cuts off what an earlier process wrote of steps after {@code steps}: they are to come again. */
    MetricsFile(Path file, long steps) throws IOException {
        this.file = file;
        if (steps == 0 || !Files.exists(file)) {
            Files.writeString(file, "");
            return;
        }
        StringBuilder kept = new StringBuilder();
        for (String line : Files.readAllLines(file)) {
            if (isWhole(line) && step(line) <= steps) {
                kept.append(line).append('\n');
            }
        }
        ReplacedFile.write(file, kept.toString());
    }

    /** A process that died may have left half a line. */
    private static boolean isWhole(String line) {
        return line.startsWith("{\"step\":") && line.endsWith("}");
    }

    private static long step(String line) {
        return Long.parseLong(line.substring("{\"step\":".length(), line.indexOf(',')));
    }

    Path file() {
        return file;
    }

    void write(StepFigures f) throws IOException {
        append(String.format(
                Locale.ROOT,
                "{\"step\":%d,\"loss\":%s,\"learning_rate\":%s,\"gradient_norm\":%s,\"tokens\":%d,\"tokens_per_second\":%.1f%s}",
                f.step(),
                number(f.loss()),
                number(f.learningRate()),
                number(f.gradientNorm()),
                f.tokens(),
                f.tokensPerSecond(),
                experts(f.experts())));
    }

    private static String experts(@Nullable ExpertFigures experts) {
        return experts == null
                ? ""
                : ",\"expert_imbalance\":" + number(experts.imbalance()) + ",\"expert_unserved\":"
                        + number(experts.unserved()) + ",\"expert_loss\":" + number(experts.loss());
    }

    void validated(long step, Validation v) throws IOException {
        StringBuilder line = new StringBuilder("{\"step\":" + step + ",\"validation_loss\":" + number(v.loss())
                + ",\"perplexity\":" + number(Math.exp(v.loss())));
        if (!v.experts().isEmpty()) {
            String layers = v.experts().stream()
                    .map(shares -> Arrays.stream(shares)
                            .mapToObj(s -> String.format(Locale.ROOT, "%.4f", s))
                            .collect(Collectors.joining(",", "[", "]")))
                    .collect(Collectors.joining(",", "[", "]"));
            line.append(",\"expert_shares\":").append(layers);
        }
        if (v.sample() != null) {
            line.append(",\"sample\":").append(JsonMapper.shared().writeValueAsString(v.sample()));
        }
        append(line.append('}').toString());
    }

    /** JSON knows no infinities. */
    private static String number(double x) {
        return Double.isFinite(x) ? Double.toString(x) : "null";
    }

    private void append(String line) throws IOException {
        Files.write(file, List.of(line), StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
