package dev.keiryo.cli;

import dev.keiryo.file.ReplacedFile;
import dev.keiryo.train.primer.ChatFormat;
import dev.keiryo.train.primer.Primer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keiryo primer}: simple texts for a small model to learn from. */
@Command(
        name = "primer",
        description = {
            "Writes simple texts in English and Japanese for a small model to learn from: stories, questions and answers, sums, conversations.",
            "Each ends with " + ChatFormat.END_OF_TEXT + ". The same seed gives the same texts."
        })
final class PrimerCommand implements Callable<Integer> {
    private static final int BLOCK = 1024;

    @Parameters(paramLabel = "OUT.txt", description = "The file to write.")
    private Path out = Path.of("");

    @Option(names = "--texts", paramLabel = "N", description = "How many. Default: ${DEFAULT-VALUE}")
    private int texts = 10_000;

    @Option(names = "--seed", paramLabel = "S", description = "Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description =
                    "Also writes the template of the conversations, which goes as chat_template.jinja into a tokenizer's folder.")
    private @Nullable Path template;

    @Override
    public Integer call() throws IOException {
        if (texts < 1) {
            throw new UsageException("--texts should be positive, but is " + texts);
        }
        Primer primer = new Primer(seed);
        try (ProgressBar bar = ProgressBar.onStandardError();
                ReplacedFile file = new ReplacedFile(out)) {
            StringBuilder block = new StringBuilder();
            for (int i = 0; i < texts; i++) {
                block.append(primer.text(i)).append(ChatFormat.END_OF_TEXT).append('\n');
                if ((i + 1) % BLOCK == 0 || i == texts - 1) {
                    file.bytes(MemorySegment.ofArray(block.toString().getBytes(StandardCharsets.UTF_8)));
                    block.setLength(0);
                    bar.stage("texts", i + 1, texts);
                }
            }
            file.finish();
            file.publish();
        }
        if (template != null) {
            ReplacedFile.write(template, ChatFormat.template());
        }
        System.out.println(out);
        return 0;
    }
}
