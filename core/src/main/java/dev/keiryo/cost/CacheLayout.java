package dev.keiryo.cost;

import dev.keiryo.cache.KvCache;
import dev.keiryo.cache.KvType;
import dev.keiryo.model.Attention;
import dev.keiryo.model.Rope;
import dev.keiryo.model.Tokens;
import dev.keiryo.model.Transformer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model keeps of past tokens, found by going through its forward pass.
 *
 * @param slots the attention behind each slot of the cache, in order
 * @param learnedPositions whether a token's embedding depends on its position (GPT-2, BERT)
 */
public record CacheLayout(List<Slot> slots, boolean learnedPositions) {
    /**
     * One slot.
     *
     * @param attention what reads it
     * @param rope what rotated the keys, or null where nothing did
     * @param turnable whether keys can be rotated further, nothing but factors having been applied after the rotation
     */
    public record Slot(Attention attention, @Nullable Rope rope, boolean turnable) {
        /** Bytes that a page of {@link KvCache#PAGE} positions takes. */
        public long pageBytes(KvType type) {
            return attention.kvHeads() * (type.keyBytes(attention.headDim()) + type.valueBytes(attention.valueDim()));
        }

        /** The attention's window if what is before it will never be seen again; else 0. */
        public int window() {
            return attention.causal() ? attention.window() : 0;
        }
    }

    public CacheLayout {
        slots = List.copyOf(slots);
    }

    /** Why keys cannot be moved to other positions, or null where they can. */
    public @Nullable String obstacle() {
        if (learnedPositions) {
            return "this model has learned an embedding for each position, which is in its keys and values";
        }
        for (Slot slot : slots) {
            if (slot.rope() != null && !slot.turnable()) {
                return "this model changes its keys after rotating them, so they cannot be rotated further";
            }
        }
        return null;
    }

    public static CacheLayout of(Transformer transformer) {
        Tokens token = new Tokens() {
            @Override
            public int count() {
                return 1;
            }

            @Override
            public int id(int i) {
                return 0;
            }

            @Override
            public int position(int i) {
                return 0;
            }
        };
        Transformer.Shape shape = transformer.shape();
        CacheOps ops = new CacheOps(shape.cacheSlots() + shape.encoderSlots());
        if (transformer.kind() == Transformer.Kind.ENCODER_DECODER) {
            transformer.encode(ops, token);
        }
        transformer.forward(ops, token);
        return new CacheLayout(ops.slots(), ops.learnedPositions());
    }

    /**
     * What the keys of a sequence that may grow to {@code capacity} tokens are rotated by, slot by slot. Two sequences can
     * share keys if theirs are equal.
     */
    public List<Rope> ropes(int capacity) {
        List<Rope> ropes = new ArrayList<>();
        for (Slot slot : slots) {
            if (slot.rope() != null) {
                ropes.add(slot.rope().forCapacity(capacity));
            }
        }
        return ropes;
    }
}
