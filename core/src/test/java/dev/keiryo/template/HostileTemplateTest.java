package dev.keiryo.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small templates that ask for everything: each is refused, soon, without taking the stack or the heap with it. */
class HostileTemplateTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);

    private static FormatException refused(String template) {
        return assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(
                        FormatException.class,
                        () -> Template.parse("hostile", template).render(Map.of(), NOW),
                        template));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% set n = namespace(s='xxxxxxxxxx') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
                "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = n.l + n.l %}{% endfor %}",
                "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l|tojson }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l == n.l|list }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(9999) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(9999) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l|tojson }}",
                "{% set n = namespace(l=(1,)) %}{% for i in range(9999) %}{% set n.l = (n.l,) %}{% endfor %}{{ {n.l: 1} }}",
                "{% set n = namespace() %}{% set n.n = n %}{{ n }}",
                "{{ 'x' * 999999999999 }}",
                "{{ [0] * 999999999 }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '%.999999999f' % 1.0 }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ 'x'.center(999999999) }}",
                "{{ 'x'|center(999999999) }}",
                "{{ 'x'|indent(999999999, true) }}",
                "{{ '\\t'.expandtabs(999999999) }}",
                "{{ 9 ** 9 ** 9 ** 9 ** 9 ** 9 }}",
                "{{ 10 ** 5000 }}",
                "{{ [1]|batch(999999999, 0)|list }}",
                "{{ [1]|slice(999999999)|list }}",
                "{{ range(999999999) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{% if true %}{% for i in [1] %}{{ (m() ~ 'x')|trim }}{% endfor %}{% endif %}{% endmacro %}{{ m() }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% set n = namespace(s='a') %}{% for i in range(99) %}{% set n.s = n.s.replace('a', 'aaaaaaaaa') %}{% endfor %}",
                "{% set n = namespace(s='a') %}{% for i in range(99) %}{% set n.s = [n.s, n.s]|join %}{% endfor %}",
                "{% set n = namespace(m=[1]) %}{% for i in range(9999) %}{% set n.m = n.m|map('string') %}{% endfor %}{{ n.m|list }}",
            })
    void whatAsksForTooMuchIsRefused(String template) {
        String message = String.valueOf(refused(template).getMessage());
        assertTrue(message.startsWith("hostile: line 1: "), message);
    }

    @Test
    void deepNestingIsRefused() {
        for (String[] part : new String[][] {
            {"{{ " + "(".repeat(50_000), "1"},
            {"{{ " + "[".repeat(50_000), "1"},
            {"{{ " + "-".repeat(50_000), "1 }}"},
            {"{{ " + "not ".repeat(50_000), "1 }}"},
            {"{{ 1" + " if 1 else 1".repeat(50_000), "}}"},
            {"{{ a" + ".a".repeat(50_000), "}}"},
            {"{{ a" + "|trim".repeat(50_000), "}}"},
            {"{{ 1" + " + 1".repeat(50_000), "}}"},
            {"{{ a" + "[a".repeat(50_000), "}}"},
            {"{{ a" + "(a".repeat(50_000), "}}"},
            {"{% if 1 %}".repeat(50_000), ""},
            {"{% for a in b %}".repeat(50_000), ""},
            {"{% set " + "(".repeat(50_000), "a = 1 %}"},
        }) {
            refused(part[0] + part[1]);
        }
    }

    /** The deepest that the limits allow fits a small stack. */
    @Test
    void theDeepestAllowedFitsASmallStack() throws Exception {
        String deep =
                "{% macro m(n) %}{% if n %}{% for i in [1] %}{{ [(m(n - 1) ~ '')|trim]|join }}{% endfor %}{% endif %}"
                        + "{% endmacro %}{{ m(1000) }}";
        String wide = "{{ " + "(".repeat(95) + "1" + ")".repeat(95) + " }}";
        FutureTask<String> task = new FutureTask<>(() -> {
            assertThrows(
                    FormatException.class, () -> Template.parse("deep", deep).render(Map.of(), NOW));
            return Template.parse("wide", wide).render(Map.of(), NOW);
        });
        new Thread(null, task, "small stack", 512 << 10).start();
        assertEquals("1", task.get());
    }

    @Test
    void aRuntimeErrorTellsItsLine() {
        FormatException e = refused("a\nb\n{% if true %}\n  {{ nothing.at_all }}\n{% endif %}");
        assertEquals("hostile: line 4: 'nothing' is undefined", e.getMessage());
    }

    @Test
    void aSyntaxErrorTellsItsLine() {
        assertEquals(
                "hostile: line 3: Encountered unknown tag 'fi'.",
                refused("a\n{% if x %}\n{% fi %}").getMessage());
    }

    @Test
    void otherFilesAreRefusedByName() {
        for (String tag : new String[] {"include", "import", "from", "extends", "block"}) {
            String message = String.valueOf(refused("{% " + tag + " 'x' %}").getMessage());
            assertTrue(message.contains("'" + tag + "' is not supported"), message);
        }
    }

    @Test
    void whatTheContextHoldsCannotBeChanged() {
        assertEquals(
                "hostile: line 1: access to attribute 'append' of 'list' object is unsafe.",
                refused("{{ [1].append(2) }}").getMessage());
    }

    @Test
    void doIsCarriedOut() throws Exception {
        assertEquals("ab", Template.parse("do", "a{% do [1, 2]|list %}b").render(Map.of(), NOW));
    }
}
