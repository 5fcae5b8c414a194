package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.calibrate.CalibratedConverter;
import dev.keiryo.calibrate.CalibrationTexts;
import dev.keiryo.calibrate.ImportanceMatrix;
import dev.keiryo.calibrate.QuantizationMethod;
import dev.keiryo.calibrate.SequentialGptq;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.EditedCheckpoint;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.convert.TypeRule;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SamplerDefaults;
import dev.keiryo.lighten.Goal;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code keiryo convert}: any model to GGUF. */
@Command(
        name = "convert",
        description = {
            "Writes a model as GGUF, quantized where asked for.",
            "--type auto chooses a type for each matrix by what that costs, measured on --corpus, such that the whole keeps to --budget or"
                    + " --bits.",
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

    @Option(names = "--name", paramLabel = "NAME", description = "What the model is called. Default: as before")
    private @Nullable String name;

    @Option(
            names = "--chain",
            paramLabel = "CHAIN",
            description = "Samplers that the model asks for where its user names none, e.g. \"min_p:0.1;temp:0.6\".")
    private @Nullable String chain;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            completionCandidates = RecipeType.OrAuto.class,
            description = "Type of the matrices: ${COMPLETION-CANDIDATES}. Default: as the source stores them")
    private @Nullable String type;

    @Mixin
    private SizeGoal size = new SizeGoal();

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

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "An importance matrix, of keiryo imatrix or llama-imatrix, that errors are weighed by.")
    private @Nullable Path imatrix;

    @Option(
            names = "--method",
            paramLabel = "M",
            converter = MethodType.class,
            completionCandidates = MethodType.class,
            description = {
                "How the layers' matrices are rounded: nearest; or by what passes through them on --corpus:",
                "importance (errors are weighed by it), gptq (errors are made up for by the weights not yet rounded), awq (columns of"
                        + " large inputs are scaled up), smoothquant (inputs are evened out, so that 8 bits hold them). Default: nearest"
            })
    private QuantizationMethod method = QuantizationMethod.NEAREST;

    @Option(
            names = "--corpus",
            paramLabel = "F",
            description = "A UTF-8 text to calibrate on; auto: to measure on, too.")
    private @Nullable Path corpus;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description =
                    "Chunks (encoders: lines) of the corpus; but of importance, all are in memory. Default: 16 (256)")
    private int chunks;

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description = "Tokens of a chunk. Default: 512, or what the model was made for")
    private int context;

    @Option(
            names = "--damping",
            paramLabel = "X",
            description = "gptq: part of the mean squared input that is added to all. Default: ${DEFAULT-VALUE}",
            defaultValue = "0.01")
    private double damping;

    @Option(
            names = "--act-order",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "gptq: columns of large inputs are rounded first. Default: they are")
    private boolean actOrder;

    @Mixin
    private InputOptions inputs = new InputOptions();

    @Override
    public Integer call() throws IOException {
        boolean auto = RecipeType.OrAuto.AUTO.equals(type);
        Recipe recipe = type == null || auto ? null : RecipeType.required(type);
        if (imatrix != null && method != QuantizationMethod.NEAREST) {
            throw new UsageException("--method " + method.label() + " takes no --imatrix");
        }
        if (method.isCalibrated() && (corpus == null || type == null)) {
            throw new UsageException("--method " + method.label() + " needs --corpus and --type");
        }
        inputs.check(method, corpus != null && !auto);
        Importances importances = imatrix == null ? Importances.NONE : ImportanceMatrix.read(imatrix);
        if (auto) {
            auto(goal(), text(), importances);
        } else if (!size.isEmpty()) {
            throw new UsageException("--budget and --bits are for --type auto");
        } else if (method.isCalibrated() || inputs.haveRange()) {
            calibrated(text(), converter -> new ConvertOptions(recipe, group, rules, importances));
        } else if (corpus != null) {
            throw new UsageException(
                    "--corpus is for --type auto, --activation-range, or a --method that is calibrated");
        } else {
            nearest(new ConvertOptions(recipe, group, rules, importances));
        }
        System.out.println(out);
        return 0;
    }

    private Goal goal() {
        Goal goal = size.size();
        if (goal == null) {
            throw new UsageException("--type auto needs --budget or --bits");
        }
        if (corpus == null || !rules.isEmpty()) {
            throw new UsageException("--type auto needs --corpus, and takes no --tensor-type");
        }
        return goal;
    }

    private Path text() {
        if (corpus == null) {
            throw new UsageException("--corpus is missing: a text to calibrate on");
        }
        return corpus;
    }

    private void auto(Goal goal, Path text, Importances given) throws IOException {
        AutoType search = new AutoType(ModelArgument.resolve(in), text, out);
        if (method.isCalibrated()) {
            calibrated(text, converter -> {
                try (ProgressBar bar = ProgressBar.onStandardError()) {
                    return search.search(goal, converter.importances(), context, bar);
                }
            });
        } else {
            ConvertOptions options;
            try (ProgressBar bar = ProgressBar.onStandardError()) {
                options = search.search(goal, given, context, bar);
            }
            nearest(options);
        }
        search.finish();
    }

    private void nearest(ConvertOptions options) throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(ModelArgument.resolve(in));
                ProgressBar bar = ProgressBar.onStandardError()) {
            boolean[] begun = {false};
            GgufConverter.convert(described(checkpoint), out, options, (tensor, done, total) -> {
                if (!begun[0]) {
                    bar.begin(1, total);
                    begun[0] = true;
                }
                bar.update(out.toString(), done, total);
            });
        }
    }

    /** The model under its new name, with what it asks for. */
    private Checkpoint described(Checkpoint checkpoint) throws IOException {
        if (name == null && chain == null) {
            return checkpoint;
        }
        EditedCheckpoint edited = EditedCheckpoint.of(checkpoint);
        if (name != null) {
            edited = edited.with("general.name", MetadataValue.of(name));
        }
        if (chain != null) {
            try {
                edited = edited.with(
                        SamplerDefaults.KEY,
                        MetadataValue.of(SamplerChain.parse(chain).toString()));
            } catch (IllegalArgumentException e) {
                throw new UsageException("--chain: " + e.getMessage());
            }
        }
        return edited;
    }

    /** Says what is to become of which matrix. */
    private interface Types {
        ConvertOptions by(CalibratedConverter converter) throws IOException;
    }

    private void calibrated(Path text, Types types) throws IOException {
        if (name != null || chain != null) {
            throw new UsageException("--name and --chain go with --method nearest or importance");
        }
        SequentialGptq.Options how;
        try {
            how = new SequentialGptq.Options(damping, actOrder, true);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--damping: " + e.getMessage());
        }
        EngineOptions exact =
                EngineOptions.defaults().withActivations(ActivationType.F32).withPacking(EngineOptions.Packing.NEVER);
        try (LanguageModel model = Keiryo.load(ModelArgument.resolve(in), exact);
                ProgressBar bar = ProgressBar.onStandardError()) {
            CalibrationTexts texts = CalibrationText.read(model, text, context, chunks);
            CalibratedConverter converter = new CalibratedConverter(model.engine(), texts, text.toString(), bar::stage);
            converter.convert(method, types.by(converter), how, inputs.inputs(), out);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
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
