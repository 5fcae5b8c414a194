package dev.keiryo.cli;

import dev.keiryo.hub.Hub;
import dev.keiryo.hub.HubSettings;
import dev.keiryo.hub.Progress;
import dev.keiryo.hub.RepoName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keiryo pull}: a model from the hub into its cache on this machine. */
@Command(
        name = "pull",
        description = {
            "Fetches a model from the Hugging Face hub into its standard cache and prints the folder.",
            "Goes on where an earlier pull stopped. Checks every file's checksum."
        },
        footer = {
            "",
            "Environment: HF_TOKEN or HUGGINGFACE_TOKEN (for gated and private models), HF_ENDPOINT,",
            "HF_HOME and HF_HUB_CACHE (where the cache is), HF_HUB_OFFLINE."
        })
public final class Pull implements Callable<Integer> {
    @Parameters(
            paramLabel = "ORG/NAME[@REVISION]",
            description = "The model, and the branch, tag or commit if not main; ORG/NAME:Q8_0 picks a quantization.")
    private String name = "";

    @Option(
            names = "--include",
            paramLabel = "GLOB",
            description = {
                "Only files that match; may be repeated. Default: what a loader needs,",
                "safetensors with configuration and tokenizer, or one GGUF."
            })
    private List<String> include = List.of();

    @Option(
            names = {"-q", "--quiet"},
            description = "No progress, only the folder.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    /**
     * @return 0
     * @throws IOException with one line that says what is wrong and what to do
     */
    @Override
    public Integer call() throws IOException, InterruptedException {
        RepoName repo = RepoName.parse(name);
        Path folder;
        if (quiet) {
            folder = pull(repo, Progress.NONE);
        } else {
            try (ProgressBar bar = ProgressBar.onStandardError()) {
                folder = pull(repo, bar);
            }
        }
        spec.commandLine().getOut().println(folder);
        return 0;
    }

    private Path pull(RepoName repo, Progress progress) throws IOException, InterruptedException {
        try (Hub hub = new Hub(HubSettings.fromEnvironment(), progress)) {
            return hub.pull(repo, include);
        }
    }
}
