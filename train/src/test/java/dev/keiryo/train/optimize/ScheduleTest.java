package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    @ParameterizedTest
    @CsvSource({
        "constant, 50, 1",
        "linear, 0, 1",
        "linear, 25, 0.75",
        "linear:min=0.2, 100, 0.2",
        "linear:min=0.2, 500, 0.2",
        "cosine, 0, 1",
        "cosine, 50, 0.5",
        "cosine:min=0.1, 50, 0.55",
        "cosine:min=0.1, 25, 0.8681980515339464",
        "cosine:min=0.1, 100, 0.1",
        "'constant:warmup=10', 0, 0.1",
        "'constant:warmup=10', 9, 1",
        "'constant:warmup=10%', 4, 0.5",
        "'cosine:warmup=20,min=0.1', 20, 1",
        "'cosine:warmup=20,min=0.1', 60, 0.55",
        "'linear:warmup=20', 60, 0.5",
        "'linear:warmup=1000', 49, 0.5",
        "'wsd:warmup=5,decay=20%', 4, 1",
        "'wsd:warmup=20,decay=25%', 80, 1",
        "'wsd:warmup=20,decay=25%', 85, 0.5",
        "'wsd:decay=40', 60, 1",
        "'wsd:decay=40', 70, 0.5",
        "'wsd:decay=40,shape=linear', 70, 0.75",
        "'wsd:decay=40,shape=cosine,min=0.1', 80, 0.55",
        "'wsd:decay=40,shape=linear,min=0.1', 100, 0.1",
        "'wsd:decay=0', 99, 1",
        "'restarts:first=20', 10, 0.5",
        "'restarts:first=20', 20, 1",
        "'restarts:first=20', 90, 0.5",
        "'restarts:first=10%,factor=2', 9, 0.024471741852423234",
        "'restarts:first=10%,factor=2', 10, 1",
        "'restarts:first=10%,factor=2', 20, 0.5",
        "'restarts:first=10%,factor=2', 30, 1",
        "'restarts:first=10,factor=2,min=0.2', 50, 0.6",
        "'restarts:first=10,factor=2', 70, 1",
    })
    void factors(String text, long step, double factor) {
        assertEquals(factor, Schedule.parse(text).factor(step, 100), 1e-12);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "constant",
                "constant:warmup=10",
                "linear:min=0.1",
                "cosine",
                "cosine:warmup=100,min=0.1",
                "cosine:warmup=2.5%",
                "wsd:warmup=1%,decay=20%",
                "wsd:decay=100,shape=linear,min=0.01",
                "restarts:first=1000",
                "restarts:warmup=7%,first=10%,factor=1.5,min=0.1"
            })
    void text(String text) {
        assertEquals(text, Schedule.parse(text).text());
        assertEquals(Schedule.parse(text), Schedule.parse(Schedule.parse(text).text()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cosin | there are constant, linear, cosine, restarts, wsd",
                "cosine:max=2 | no argument max; there are warmup, min",
                "cosine:min=2 | between 0 and 1",
                "cosine:min=NaN | between 0 and 1",
                "cosine:warmup=-1 | 0 or more",
                "cosine:warmup=1.5 | whole number",
                "cosine:warmup=101% | between 0% and 100%",
                "cosine:warmup=abc | as in 5%",
                "cosine:warmup=1,warmup=2 | twice",
                "cosine:0.1 | key=value",
                "cosine:min=0.1, | key=value",
                "wsd:shape=round | linear, cosine or 1-sqrt",
                "restarts:first=0 | longer than no steps",
                "restarts:factor=0.5 | at least 1",
                "'' | there is no schedule",
            })
    void refuses(String text, String message) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Schedule.parse(text));
        assertTrue(e.toString().contains(message), e.toString());
    }

    @Test
    void neverLeavesItsRange() {
        for (String text : new String[] {
            "linear:warmup=3,min=0.1", "cosine:warmup=50%", "wsd:decay=100%", "restarts:first=3,factor=1.7", "wsd"
        }) {
            Schedule schedule = Schedule.parse(text);
            for (long steps : new long[] {0, 1, 2, 7, 1000}) {
                for (long step = 0; step < 1100; step++) {
                    double factor = schedule.factor(step, steps);
                    assertTrue(factor >= 0 && factor <= 1, text + " " + step + " of " + steps + ": " + factor);
                }
            }
        }
    }

    @Test
    void anyTextIsReadOrRefused() {
        Random random = new Random(1);
        String[] parts = {
            "cosine", "wsd", "restarts", ":", ",", "=", "warmup", "min", "first", "%", "1e300", "-", "9", " ", "é"
        };
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(8); n >= 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            try {
                Schedule schedule = Schedule.parse(text.toString());
                assertEquals(schedule, Schedule.parse(schedule.text()));
                read++;
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage() != null && !(e instanceof NumberFormatException), text.toString());
            }
        }
        assertTrue(read > 100);
    }
}
