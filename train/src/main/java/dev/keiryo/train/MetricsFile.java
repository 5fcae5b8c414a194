package dev.keiryo.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

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
        Files.writeString(file, kept);
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
                f.imbalance() == 0 ? "" : ",\"expert_imbalance\":" + number(f.imbalance())));
    }

    void validated(long step, double loss) throws IOException {
        append("{\"step\":" + step + ",\"validation_loss\":" + number(loss) + ",\"perplexity\":"
                + number(Math.exp(loss)) + "}");
    }

    /** JSON knows no infinities. */
    private static String number(double x) {
        return Double.isFinite(x) ? Double.toString(x) : "null";
    }

    private void append(String line) throws IOException {
        Files.write(file, List.of(line), StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
