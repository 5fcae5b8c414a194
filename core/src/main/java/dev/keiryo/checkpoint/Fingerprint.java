package dev.keiryo.checkpoint;

import dev.keiryo.file.MappedFile;
import dev.keiryo.tensor.Weight;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * SHA-256 of what tells models apart: all metadata, and each tensor's name, type, shape and samples of its bytes. Reads some
 * hundred kilobytes however large the model is.
 */
public final class Fingerprint {
    private static final int SAMPLES = 16;
    private static final int SAMPLE_BYTES = 64;

    private final MessageDigest sha;

    private Fingerprint() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** 32 bytes. */
    public static byte[] of(Checkpoint checkpoint) {
        Fingerprint print = new Fingerprint();
        Map<String, MetadataValue> values = new TreeMap<>(checkpoint.metadata().values());
        print.number(values.size());
        values.forEach((key, value) -> {
            print.text(key);
            print.value(value);
        });
        print.text(String.valueOf(checkpoint.ropeLayout()));
        print.number(checkpoint.weights().size());
        for (Weight w : checkpoint.weights()) {
            print.text(w.name());
            print.text(w.type().label());
            print.text(Arrays.toString(w.shape()));
            if (w.scales() != null) {
                print.sha.update(w.scales().constants().asByteBuffer());
            }
            long length = w.data().byteSize();
            int sample = (int) Math.min(SAMPLE_BYTES, length);
            for (int i = 0; i < SAMPLES; i++) {
                long at = (length - sample) / (SAMPLES - 1) * i;
                print.sha.update(w.data().asSlice(at, sample).asByteBuffer());
            }
            // The system maps more than is read.
            MappedFile.release(w.data());
        }
        return print.sha.digest();
    }

    private void value(MetadataValue v) {
        text(v.type() + " " + v.elementType());
        switch (v.value()) {
            case String[] a -> {
                number(a.length);
                for (String s : a) {
                    text(s);
                }
            }
            case MetadataValue[] a -> {
                number(a.length);
                for (MetadataValue inner : a) {
                    value(inner);
                }
            }
            case long[] a -> text(Arrays.toString(a));
            case double[] a -> text(Arrays.toString(a));
            case boolean[] a -> text(Arrays.toString(a));
            default -> text(v.value().toString());
        }
    }

    private void text(String s) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        sha.update(bytes);
    }

    private void number(int n) {
        sha.update(ByteBuffer.allocate(4).putInt(n).flip());
    }
}
