package dev.keiryo.train.data;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Drops texts that were there before, but for case, signs, white space and compatibility characters: by 128 bits of a hash. Texts without words are compared as they are. Memory: some 100 bytes for each document kept.
 */
public record ExactDuplicates() implements Filter {
    @Override
    public String name() {
        return "exact";
    }

    @Override
    public Run open(Path scratch) {
        Map<BareText.Hash, String> seen = new HashMap<>();
        return new Run() {
            @Override
            public Finding examine(Document document) {
                String bare = BareText.of(document.text());
                BareText.Hash hash = BareText.hash(bare.isEmpty() ? document.text() : bare);
                return () -> seen.putIfAbsent(hash, document.file()) == null ? null : "duplicate";
            }

            @Override
            public void close() {}
        };
    }
}
