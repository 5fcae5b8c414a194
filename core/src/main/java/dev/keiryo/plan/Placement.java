package dev.keiryo.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a model is where. Parts stay in their order, so that results cross from place to place once: each device holds a run of
 * them.
 *
 * @param places part by part
 */
public record Placement(List<Place> places) {
    /**
     * A part of a model that is not divided.
     *
     * @param name the beginning of its tensors' names: {@code token_embd}, {@code blk.3}, {@code output}
     * @param bytes of its weights, and of the keys and values that it remembers
     */
    public record Part(String name, long bytes) {}

    /** @param device null where no place was left */
    public record Place(Part part, @Nullable Device device) {}

    /** How room is shared out. */
    public enum Strategy {
        /** As balanced. */
        AUTO,
        /** Accelerators get about the same, so that none is full while another is empty; what is left over goes on to cpu and disk. */
        BALANCED,
        /** Each place is filled before the next is begun. */
        SEQUENTIAL
    }

    public Placement {
        places = List.copyOf(places);
    }

    /** Places {@code parts}, in their order, on {@code devices}, in theirs. */
    public static Placement of(List<Part> parts, List<Device> devices, Strategy strategy) {
        if (strategy == Strategy.SEQUENTIAL) {
            return fill(parts, devices, Long.MAX_VALUE);
        }
        // The least that each accelerator must take for as many parts to be on accelerators as can be.
        long most = accelerated(fill(parts, devices, Long.MAX_VALUE));
        long low = 0;
        long high = Long.MAX_VALUE / 2;
        while (low < high) {
            long middle = low + (high - low) / 2;
            if (accelerated(fill(parts, devices, middle)) >= most) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return fill(parts, devices, high);
    }

    /** @param share the most that an accelerator takes, whatever room it has */
    private static Placement fill(List<Part> parts, List<Device> devices, long share) {
        List<Place> places = new ArrayList<>();
        int at = 0;
        long taken = 0;
        for (Part part : parts) {
            while (at < devices.size() && part.bytes > room(devices.get(at), share) - taken) {
                at++;
                taken = 0;
            }
            places.add(new Place(part, at < devices.size() ? devices.get(at) : null));
            taken += part.bytes;
        }
        return new Placement(places);
    }

    private static long room(Device device, long share) {
        return device.isAccelerator() ? Math.min(device.bytes(), share) : device.bytes();
    }

    private static long accelerated(Placement placement) {
        return placement.places.stream()
                .filter(p -> p.device != null && p.device.isAccelerator())
                .count();
    }

    /** Bytes on {@code device}. */
    public long bytes(Device device) {
        return places.stream()
                .filter(p -> device.equals(p.device))
                .mapToLong(p -> p.part.bytes)
                .sum();
    }

    /** Bytes of parts for which no place was left. */
    public long missing() {
        return places.stream()
                .filter(p -> p.device == null)
                .mapToLong(p -> p.part.bytes)
                .sum();
    }
}
