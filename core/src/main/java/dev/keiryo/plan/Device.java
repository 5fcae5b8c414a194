package dev.keiryo.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place that layers can be in.
 *
 * @param name an accelerator's number, {@code cpu} or {@code disk}
 * @param bytes that it may hold; {@link Long#MAX_VALUE} for as many as it takes
 */
public record Device(String name, long bytes) {
    private static final Pattern PART = Pattern.compile("([^=]*)(?:=(.*))?");
    private static final Pattern NAME = Pattern.compile("\\d{1,3}|cpu|disk");

    public Device {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a place is an accelerator's number, cpu or disk, not '" + name + "'");
        }
        if (bytes <= 0) {
            throw new IllegalArgumentException(name + " needs memory, but has " + bytes + " bytes");
        }
    }

    boolean isAccelerator() {
        return Character.isDigit(name.charAt(0));
    }

    /**
     * {@code 0=4GiB,1=4GiB,cpu=24GiB,disk}, in the order in which they are filled.
     *
     * @param amounts reads an amount of memory
     * @throws IllegalArgumentException where that is no list of places
     */
    public static List<Device> parse(String text, ToLongFunction<String> amounts) {
        List<Device> devices = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String part : text.split(",", -1)) {
            Matcher m = PART.matcher(part.strip());
            if (!m.matches()) {
                throw new IllegalArgumentException("expected PLACE=SIZE, not '" + part + "'");
            }
            String size = m.group(2);
            if (size == null && !m.group(1).equals("disk")) {
                throw new IllegalArgumentException("'" + part + "' needs a size, such as "
                        + (m.group(1).isEmpty() ? "cpu" : m.group(1)) + "=4GiB");
            }
            Device device = new Device(m.group(1), size == null ? Long.MAX_VALUE : amounts.applyAsLong(size));
            if (!seen.add(device.name)) {
                throw new IllegalArgumentException(device.name + " is named twice");
            }
            devices.add(device);
        }
        return devices;
    }
}
