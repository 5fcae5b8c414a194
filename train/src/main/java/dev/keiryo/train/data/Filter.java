package dev.keiryo.train.data;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A step that keeps or drops documents. */
public non-sealed interface Filter extends Step {
    /**
     * Begins a run over documents.
     *
     * @param scratch a folder with room for what does not fit into memory
     */
    Run open(Path scratch) throws IOException;

    /** A filter at work: it may remember the documents it has kept. */
    interface Run extends AutoCloseable {
        /** What can be found out of a document by itself. Thread-safe. */
        Finding examine(Document document);

        @Override
        void close() throws IOException;
    }

    /** What was found out of a document. */
    @FunctionalInterface
    interface Finding {
        /** Why the document is dropped, or null where it is kept. Called once for each document, in their order, by one thread at a time. */
        @Nullable
        String dropped() throws IOException;
    }

    /** A filter that looks at one document only. */
    interface ByText extends Filter {
        /** Why {@code text} is dropped, or null where it is kept. Thread-safe. */
        @Nullable
        String reason(String text);

        @Override
        default Run open(Path scratch) {
            return new Run() {
                @Override
                public Finding examine(Document document) {
                    String reason = reason(document.text());
                    return () -> reason;
                }

                @Override
                public void close() {}
            };
        }
    }
}
