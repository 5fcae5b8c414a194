/** The command line: {@code keiryo run, chat, prompt, tokenize, logits, perplexity, compare, sample, inspect, convert, pull, synth, bench, tokenizer-train, data}. */
@org.jspecify.annotations.NullMarked
module dev.keiryo.cli {
    requires static org.jspecify;
    requires dev.keiryo.core;
    requires dev.keiryo.train;
    requires info.picocli;
    requires java.management;
    requires org.jline;
    requires tools.jackson.databind;

    opens dev.keiryo.cli to
            info.picocli;
}
