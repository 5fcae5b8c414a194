package dev.keiryo.train.data;

import dev.keiryo.kernel.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A pipeline at work: documents go through its steps many at a time, on all threads, with the same result as one after the other. */
public final class CleaningRun implements AutoCloseable {
    private final List<Step> steps;
    private final Workers workers;
    private final List<StepCounts> counts = new ArrayList<>();
    private final Map<Step, Filter.Run> runs = new HashMap<>();

    CleaningRun(Pipeline pipeline, Path scratch, Workers workers) throws IOException {
        steps = pipeline.steps();
        this.workers = workers;
        try {
            for (Step step : steps) {
                counts.add(new StepCounts(step.text()));
                if (step instanceof Filter filter) {
                    runs.put(step, filter.open(scratch));
                }
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** What is left of {@code documents}, in their order. */
    public List<Document> clean(List<Document> documents) throws IOException {
        List<Document> left = documents;
        for (int i = 0; i < steps.size() && !left.isEmpty(); i++) {
            Step step = steps.get(i);
            Filter.Run run = runs.get(step);
            left = run == null ? edited((Edit) step, left, counts.get(i)) : filtered(run, left, counts.get(i));
        }
        return left;
    }

    private List<Document> edited(Edit edit, List<Document> documents, StepCounts count) {
        String[] texts = new String[documents.size()];
        workers.run(texts.length, 1, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                texts[i] = edit.edit(documents.get(i).text());
            }
        });
        List<Document> edited = new ArrayList<>(texts.length);
        for (int i = 0; i < texts.length; i++) {
            Document document = documents.get(i);
            if (texts[i].equals(document.text())) {
                count.kept(texts[i]);
                edited.add(document);
            } else {
                count.changed(document, texts[i]);
                edited.add(document.withText(texts[i]));
            }
        }
        return edited;
    }

    private List<Document> filtered(Filter.Run run, List<Document> documents, StepCounts count) throws IOException {
        Filter.Finding[] findings = new Filter.Finding[documents.size()];
        workers.run(findings.length, 1, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                findings[i] = run.examine(documents.get(i));
            }
        });
        List<Document> kept = new ArrayList<>(findings.length);
        for (int i = 0; i < findings.length; i++) {
            String reason = findings[i].dropped();
            if (reason == null) {
                kept.add(documents.get(i));
                count.kept(documents.get(i).text());
            } else {
                count.dropped(documents.get(i), reason);
            }
        }
        return kept;
    }

    /** What each step has done so far, in their order. */
    public List<StepCounts> counts() {
        return List.copyOf(counts);
    }

    /** Lets go of what filters remember. */
    @Override
    public void close() throws IOException {
        for (Filter.Run run : runs.values()) {
            run.close();
        }
    }
}
