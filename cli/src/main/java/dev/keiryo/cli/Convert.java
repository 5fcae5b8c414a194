package dev.keiryo.cli;

import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.convert.TypeRule;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code keiryo convert}: any model to GGUF. */
@Command(
        name = "convert",
        description = {
            "Writes a model as GGUF, quantized where asked for.",
            "llama.cpp loads all types but nf4, fp4 (with -dq: scales in 8 bits) and int8-zero. What is interrupted goes on from the"
                    + " last whole tensor when the same command is given again."
        })
final class Convert implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "A Hugging Face folder, a llama2.c checkpoint, a GGUF file, or ORG/NAME on the hub.")
    private String in;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path out;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            converter = RecipeType.class,
            completionCandidates = RecipeType.class,
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Default: as the source stores them")
    private @Nullable Recipe recipe;

    @Option(
            names = "--group",
            paramLabel = "32|64|128|row",
            description = "Whole numbers (int4, int8, ...-zero): columns that share a scale. Default: row",
            converter = Group.class,
            defaultValue = "row")
    private int group;

    @Option(
            names = "--tensor-type",
            paramLabel = "REGEX=TYPE",
            converter = Rule.class,
            description = "The type of matrices whose GGUF name the pattern is found in, such as"
                    + " 'blk\\.[0-3]\\.ffn_down=q6_k'. May be given several times: the first that is found counts.")
    private List<TypeRule> rules = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(ModelArgument.resolve(in));
                ProgressBar bar = ProgressBar.onStandardError()) {
            boolean[] begun = {false};
            ConvertOptions options = new ConvertOptions(recipe, group, rules, Importances.NONE);
            GgufConverter.convert(checkpoint, out, options, (tensor, done, total) -> {
                if (!begun[0]) {
                    bar.begin(1, total);
                    begun[0] = true;
                }
                bar.update(out.toString(), done, total);
            });
        }
        System.out.println(out);
        return 0;
    }

    /** Reads {@code --group}. */
    static final class Group implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return switch (value) {
                case "row" -> 0;
                case "32", "64", "128" -> Integer.valueOf(value);
                default -> throw new TypeConversionException("should be 32, 64, 128 or row, but is " + value);
            };
        }
    }

    /** Reads {@code --tensor-type}. */
    static final class Rule implements ITypeConverter<TypeRule> {
        @Override
        public TypeRule convert(String value) {
            int equals = value.lastIndexOf('=');
            if (equals < 0) {
                throw new TypeConversionException("should be REGEX=TYPE, but is " + value);
            }
            try {
                return new TypeRule(
                        Pattern.compile(value.substring(0, equals)), RecipeType.of(value.substring(equals + 1)));
            } catch (PatternSyntaxException e) {
                throw new TypeConversionException(
                        "no regular expression: " + e.getDescription() + " in " + e.getPattern());
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
