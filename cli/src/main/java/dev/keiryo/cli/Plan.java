package dev.keiryo.cli;

import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.kernel.MachineLimits;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Transformer;
import dev.keiryo.plan.Device;
import dev.keiryo.plan.ModelPlan;
import dev.keiryo.plan.Placement;
import dev.keiryo.plan.Precision;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.train.TrainingMemory;
import dev.keiryo.train.tape.TapeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo plan}: what a model would take, before anything is downloaded, converted or trained. */
@Command(
        name = "plan",
        description = {
            "Says what a model takes before any work is done: weights in every type, keys and values, training, speed at most, and which"
                    + " layer goes where.",
            "Nothing of it is run: the model's own forward pass is gone through and counted."
        })
final class Plan implements Callable<Integer> {
    private static final Pattern COUNT =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?(?:e[0-9]+)?)([KMBT]?)", Pattern.CASE_INSENSITIVE);

    /** What files are commonly of, from much to little. */
    private static final List<Recipe> RECIPES = List.of(
            Recipe.F16,
            Recipe.Q8_0,
            Recipe.Q6_K,
            Recipe.Q5_K_M,
            Recipe.Q4_K_M,
            Recipe.Q4_K_S,
            Recipe.Q4_0,
            Recipe.IQ4_XS,
            Recipe.Q3_K_M,
            Recipe.Q2_K);

    @Parameters(
            paramLabel = "MODEL|SHAPE|PARAMS",
            description =
                    "A model as for other commands, the name of a shape (keiryo synth lists them), or a number of weights: 20e9, 7B.")
    private String subject = "";

    @Option(
            names = "--ram",
            paramLabel = "SIZE",
            description = "Says what fits this much memory, such as 4GiB.",
            converter = Bytes.Amount.class)
    private @Nullable Long ram;

    @Option(
            names = {"-c", "--ctx"},
            paramLabel = "N",
            description = "Tokens of context. Default: 4096, or the model's own where that is less.")
    private int context;

    @Option(
            names = "--kv",
            paramLabel = "TYPE",
            description = "Keys and values as f32, f16, bf16, q8_0 or q4_0. Default: f32.")
    private KvType kvType = KvType.F32;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "What layers to be placed are stored as. Default: as the model is; f16 for a shape.",
            converter = RecipeType.class)
    private @Nullable Recipe type;

    @Option(
            names = "--max-memory",
            paramLabel = "PLACE=SIZE,…",
            description =
                    "Which layer goes where: accelerators by number, cpu and disk, such as 0=4GiB,1=4GiB,cpu=24GiB,disk.")
    private @Nullable String places;

    @Option(
            names = "--devices",
            paramLabel = "HOW",
            description =
                    "How layers are shared out: sequential (each place filled before the next), balanced (accelerators about evenly) or auto"
                            + " (balanced). Default: auto.")
    private Placement.Strategy strategy = Placement.Strategy.AUTO;

    @Option(
            names = "--train-tokens",
            paramLabel = "N",
            description = "Tokens of a training step. Default: ${DEFAULT-VALUE}")
    private int trainTokens = 2048;

    @Option(
            names = "--storage",
            paramLabel = "TYPE",
            description = "What training keeps intermediate results as: f32 or bf16. Default: ${DEFAULT-VALUE}")
    private TapeOptions.Storage storage = TapeOptions.Storage.F32;

    @Option(names = "--rank", paramLabel = "R", description = "Of LoRA's adapters. Default: ${DEFAULT-VALUE}")
    private int rank = 16;

    @Mixin
    private TrainPlan trainPlan = new TrainPlan();

    @Mixin
    private Threads threads = new Threads();

    @Option(names = "--json", description = "Prints JSON, sizes in bytes.")
    private boolean json;

    private final ObjectNode root = JsonMapper.shared().createObjectNode();
    private PlanText text = new PlanText(false, null);

    @Override
    public Integer call() throws IOException {
        if (context < 0 || trainTokens < 1 || rank < 1) {
            throw new UsageException("--ctx should be at least 0, --train-tokens and --rank at least 1");
        }
        text = new PlanText(json, ram);
        if (trainPlan.isWanted()) {
            trainPlan.tell(subject, trainTokens, storage, threads.count(), text, root);
            if (json) {
                System.out.println(root);
            }
            return 0;
        }
        List<Device> devices = devices();
        Matcher count = COUNT.matcher(subject);
        int code = 0;
        if (count.matches() && !Files.exists(Path.of(subject))) {
            if (places != null) {
                throw new UsageException("a number of weights has no layers to be placed; name a model or a shape");
            }
            double n = Double.parseDouble(count.group(1)) * Math.pow(1000, " KMBT".indexOf(suffix(count.group(2))));
            if (!(n >= 1 && n < 1e18)) {
                throw new UsageException("expected a number of weights from 1 to 1e18, not " + subject);
            }
            weights(Math.round(n), null);
        } else {
            ModelShape shape = Files.exists(Path.of(subject)) ? null : ModelShapes.find(subject);
            Checkpoint checkpoint = shape != null
                    ? new ShapeCheckpoint(shape, Recipe.F16)
                    : Checkpoints.open(ModelArgument.resolve(subject));
            try (ModelPlan plan = new ModelPlan(checkpoint)) {
                code = plan(plan, devices, shape != null);
            }
        }
        if (json) {
            System.out.println(root);
        }
        return code;
    }

    private static char suffix(String text) {
        return text.isEmpty() ? ' ' : Character.toUpperCase(text.charAt(0));
    }

    private List<Device> devices() {
        try {
            return places == null ? List.of() : Device.parse(places, Bytes::parse);
        } catch (IllegalArgumentException | TypeConversionException e) {
            throw new UsageException("--max-memory: " + e.getMessage());
        }
    }

    private int plan(ModelPlan plan, List<Device> devices, boolean isShape) throws IOException {
        int longest = plan.transformer().shape().context();
        context = context > 0 ? context : Math.min(4096, longest);
        if (context > longest) {
            throw new UsageException("the model's context is " + longest + " tokens, not " + context);
        }
        weights(plan.parameters(), plan);
        boolean decodes = plan.transformer().kind() != Transformer.Kind.ENCODER;
        if (decodes) {
            text.title("Keys and values of " + PlanText.count(context) + " tokens");
            ObjectNode cache = root.putObject("kvCacheBytes");
            for (KvType t : KvType.values()) {
                long bytes = plan.cacheBytes(context, t);
                cache.put(t.name().toLowerCase(Locale.ROOT), bytes);
                text.row(t.name().toLowerCase(Locale.ROOT), PlanText.size(bytes), text.fits(bytes));
            }
        }
        files(plan, isShape ? null : plan.weightBytes(null), decodes);
        training(plan);
        return devices.isEmpty() ? 0 : place(plan, devices);
    }

    /** @param plan null where only the number is known */
    private void weights(long parameters, @Nullable ModelPlan plan) {
        root.put("parameters", parameters);
        ObjectNode weights = root.putObject("weightBytes");
        if (!json) {
            System.out.println((plan == null ? "" : plan.checkpoint().source() + ": ") + PlanText.count(parameters)
                    + " parameters");
        }
        text.title("Weights, all in one type");
        for (Precision p : Precision.values()) {
            long bytes = p.bytes(parameters);
            weights.put(p.name().toLowerCase(Locale.ROOT), bytes);
            text.row(p.label(), PlanText.size(bytes), text.fits(bytes));
        }
        if (plan == null) {
            text.title("Files of one type, about");
            ObjectNode files = root.putObject("fileBytes");
            for (TypeSize t : TypeSize.ALL) {
                long bytes = Math.round(parameters * t.bits() / 8);
                files.put(t.label(), bytes);
                text.row(
                        t.label(),
                        PlanText.size(bytes),
                        String.format(Locale.ROOT, "%.2f bits", t.bits()),
                        text.fits(bytes));
            }
        }
    }

    /** A block format. */
    private record TypeSize(String label, double bits) {
        private static final List<TypeSize> ALL = Stream.of(
                        TensorType.Q8_0,
                        TensorType.Q6_K,
                        TensorType.Q5_K,
                        TensorType.Q4_K,
                        TensorType.Q3_K,
                        TensorType.Q2_K)
                .map(t -> new TypeSize(t.label(), t.bitsPerWeight()))
                .toList();
    }

    private void files(ModelPlan plan, @Nullable Long stored, boolean decodes) throws IOException {
        MachineLimits limits;
        try (Workers workers = new Workers(threads.count())) {
            limits = MachineLimits.measure(workers);
        }
        double flops = limits.int8PerSecond() > 0 ? limits.int8PerSecond() : limits.flopsPerSecond();
        root.put("memoryBytesPerSecond", limits.bytesPerSecond());
        root.put("flopsPerSecond", flops);
        text.title(String.format(
                Locale.ROOT,
                "Files, and the process that runs one with %s tokens of context (memory measured now: %.0f GB/s; arithmetic: %.0f GOP/s)",
                PlanText.count(context),
                limits.bytesPerSecond() / 1e9,
                flops / 1e9));
        ObjectNode files = root.putObject("files");
        if (stored != null) {
            file(files.putObject("stored"), plan, "as stored", null, limits, decodes);
        }
        for (Recipe r : RECIPES) {
            file(files.putObject(r.label()), plan, r.label(), r, limits, decodes);
        }
        double prefill = plan.prefillLimit(context, flops);
        root.put("prefillLimit", prefill);
        text.note(String.format(
                Locale.ROOT, "A prompt is read at %.0f tokens/s at most: what the arithmetic allows.", prefill));
    }

    private void file(
            ObjectNode node,
            ModelPlan plan,
            String label,
            @Nullable Recipe recipe,
            MachineLimits limits,
            boolean decodes)
            throws IOException {
        long bytes = plan.weightBytes(recipe);
        long process = plan.processBytes(recipe, context, kvType);
        node.put("weightBytes", bytes);
        node.put("processBytes", process);
        String speed = "";
        if (decodes) {
            double limit = plan.decodeLimit(recipe, context, kvType, limits.bytesPerSecond());
            node.put("decodeLimit", limit);
            speed = String.format(Locale.ROOT, "writes at most %.1f tokens/s", limit);
        }
        text.row(
                label,
                PlanText.size(bytes),
                String.format(Locale.ROOT, "%5.2f bits", 8.0 * bytes / plan.parameters()),
                "process " + PlanText.size(process).strip(),
                speed,
                text.fits(process));
    }

    private void training(ModelPlan plan) throws IOException {
        long parameters = plan.parameters();
        int length = Math.min(trainTokens, plan.transformer().shape().context());
        text.title("Training with AdamW, " + PlanText.count(trainTokens) + " tokens a pass in texts of "
                + PlanText.count(length) + " (with each layer computed again on the way back)");
        TrainingMemory full = TrainingMemory.full(plan.checkpoint(), trainTokens, length, threads.count(), storage);
        ObjectNode node = root.putObject("trainingBytes");
        train(node.putObject("full"), "full", full);
        train(
                node.putObject("lora"),
                "LoRA, rank " + rank,
                TrainingMemory.lora(Precision.F16.bytes(parameters), plan.transformer(), rank, full));
        train(
                node.putObject("qlora"),
                "QLoRA, rank " + rank,
                TrainingMemory.lora(Precision.NF4_DQ.bytes(parameters), plan.transformer(), rank, full));
    }

    private void train(ObjectNode node, String label, TrainingMemory m) {
        node.put("weights", m.weights());
        node.put("adapter", m.adapter());
        node.put("gradients", m.gradients());
        node.put("optimizer", m.optimizer());
        node.put("activations", m.results());
        node.put("checkpointedActivations", m.checkpointed());
        node.put("total", m.total());
        node.put("totalCheckpointed", m.totalCheckpointed());
        text.row(
                label,
                PlanText.size(m.totalCheckpointed()),
                "weights " + PlanText.size(m.weights() + m.adapter()).strip(),
                "gradients " + PlanText.size(m.gradients()).strip(),
                "optimizer " + PlanText.size(m.optimizer()).strip(),
                "activations " + PlanText.size(m.checkpointed()).strip() + " (all kept: "
                        + PlanText.size(m.results()).strip() + ")",
                text.fits(m.totalCheckpointed()));
    }

    private int place(ModelPlan plan, List<Device> devices) throws IOException {
        Placement placement = Placement.of(plan.parts(type, context, kvType), devices, strategy);
        text.title("Places, with keys and values of " + PlanText.count(context) + " tokens in "
                + kvType.name().toLowerCase(Locale.ROOT));
        ObjectNode node = root.putObject("placement");
        for (Placement.Place p : placement.places()) {
            Device device = p.device();
            node.put(p.part().name(), device == null ? "none" : device.name());
            text.row(p.part().name(), PlanText.size(p.part().bytes()), device == null ? "nowhere" : device.name());
        }
        for (Device d : devices) {
            text.note(d.name() + ": " + PlanText.size(placement.bytes(d)).strip()
                    + (d.bytes() == Long.MAX_VALUE
                            ? ""
                            : " of " + PlanText.size(d.bytes()).strip()));
        }
        if (placement.missing() > 0) {
            throw new IOException(
                    "no place is left for " + PlanText.size(placement.missing()).strip()
                            + "; give more memory, add disk, or choose a smaller --type");
        }
        return 0;
    }
}
