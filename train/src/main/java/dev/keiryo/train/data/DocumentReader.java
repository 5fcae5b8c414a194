package dev.keiryo.train.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.function.LongConsumer;

/**
 * Reads the documents of a file. Files are untrusted: memory is bounded by the limit of a document, and what is wrong is told by
 * {@link dev.keiryo.FormatException}s that name file and line.
 */
public final class DocumentReader {
    private final ReadOptions options;

    public DocumentReader(ReadOptions options) {
        this.options = options;
    }

    /**
     * Gives all documents of {@code file} to {@code sink}, in order.
     *
     * @param progress told how many bytes of the file have been read since it was last told
     * @throws dev.keiryo.FormatException where the file is not what its name promises
     */
    public void read(SourceFile file, DocumentSink sink, LongConsumer progress) throws IOException {
        DocumentSink pieces = options.piece() == 0 ? sink : document -> Pieces.cut(document, options.piece(), sink);
        String name = file.path().toString();
        switch (file.format()) {
            case PARQUET -> {
                new ParquetRows(name, options).read(file.path(), pieces);
                progress.accept(file.bytes());
            }
            case TEXT -> {
                try (LineReader lines = open(file, progress)) {
                    new TextLines(name, options, pieces).read(lines);
                }
            }
            case JSON_LINES -> {
                try (LineReader lines = open(file, progress)) {
                    new JsonLines(name, options).read(lines, pieces);
                }
            }
        }
    }

    private LineReader open(SourceFile file, LongConsumer progress) throws IOException {
        InputStream raw = new Counted(Files.newInputStream(file.path()), progress);
        try {
            return new LineReader(file.path().toString(), raw, file.compressed(), options.limit());
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    private static final class Counted extends FilterInputStream {
        private final LongConsumer progress;

        Counted(InputStream in, LongConsumer progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            if (b >= 0) {
                progress.accept(1);
            }
            return b;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            int n = super.read(to, from, length);
            if (n > 0) {
                progress.accept(n);
            }
            return n;
        }
    }
}
