package dev.keiryo.tokenizer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The stages of decoders that put characters together from bytes. */
final class ByteDecoders {
    private ByteDecoders() {}

    /** All pieces together are one run of bytes. */
    static final class ByteLevel extends DecoderStages.WholePieces {
        private final Utf8Decoder utf8 = new Utf8Decoder();
        private final StringBuilder ready = new StringBuilder();

        ByteLevel(Decoder.Stage next) {
            super(next);
        }

        @Override
        void piece(String piece) {
            byte[] bytes = ByteAlphabet.decode(piece);
            for (byte b : bytes != null ? bytes : piece.getBytes(StandardCharsets.UTF_8)) {
                utf8.accept(b, ready);
            }
        }

        @Override
        public void flush() {
            release();
            next.flush();
        }

        @Override
        public void finish() {
            utf8.finish(ready);
            release();
            next.end();
            next.finish();
        }

        private void release() {
            next.text(ready.toString());
            ready.setLength(0);
        }
    }

    /** Runs of byte tokens; other pieces pass through. */
    static final class ByteFallback extends DecoderStages.WholePieces {
        private byte[] run = new byte[8];
        private int length;

        ByteFallback(Decoder.Stage next) {
            super(next);
        }

        @Override
        void piece(String piece) {
            int b = byteOf(piece);
            if (b >= 0) {
                if (length == run.length) {
                    run = Arrays.copyOf(run, 2 * length);
                }
                run[length++] = (byte) b;
            } else {
                release(length);
                next.text(piece);
                next.end();
            }
        }

        @Override
        public void flush() {
            release(length - unfinished());
            next.flush();
        }

        @Override
        public void finish() {
            release(length);
            next.finish();
        }

        /** Bytes at the end of the run that may be the beginning of a character. */
        private int unfinished() {
            for (int tail = 1; tail <= Math.min(3, length); tail++) {
                int b = run[length - tail] & 0xFF;
                if (b >= 0xC0) {
                    int needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                    return tail < needed ? tail : 0;
                }
                if (b < 0x80) {
                    return 0;
                }
            }
            return 0;
        }

        /** Passes on the run's first {@code count} bytes. */
        private void release(int count) {
            if (count == 0) {
                return;
            }
            try {
                next.text(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(run, 0, count))
                        .toString());
                next.end();
            } catch (CharacterCodingException e) {
                for (int i = 0; i < count; i++) {
                    next.text("\uFFFD");
                    next.end();
                }
            }
            System.arraycopy(run, count, run, 0, length - count);
            length -= count;
        }
    }

    /** The byte that {@code <0xAB>} stands for, or -1 where {@code piece} is not of that form. */
    static int byteOf(String piece) {
        if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
            return -1;
        }
        int high = Character.digit(piece.charAt(3), 16);
        int low = Character.digit(piece.charAt(4), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }
}
