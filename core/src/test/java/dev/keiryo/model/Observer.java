package dev.keiryo.model;

import dev.keiryo.tensor.Matrix;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An interpreter that passes every operation on to another and copies the result of each: it knows nothing of any
 * architecture, and no architecture knows of it.
 */
final class Observer implements InvocationHandler {
    /** An operation's name and the result's numbers, row by row. */
    record Seen(String operation, float[] result) {}

    private final Ops inner;
    private final List<Seen> seen;

    private Observer(Ops inner, List<Seen> seen) {
        this.inner = inner;
        this.seen = seen;
    }

    /** What behaves like {@code inner} and adds each operation to {@code seen}. */
    static Ops of(Ops inner, List<Seen> seen) {
        return (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, new Observer(inner, seen));
    }

    @Override
    public @Nullable Object invoke(Object self, Method operation, Object[] args) throws Throwable {
        if (operation.isDefault()) {
            return InvocationHandler.invokeDefault(self, operation, args);
        }
        Object[] passed = args.clone();
        for (int i = 0; i < passed.length; i++) {
            passed[i] = onSelf((Ops) self, passed[i]);
        }
        Object result = operation.invoke(inner, passed);
        if (result instanceof Matrix m) {
            seen.add(new Seen(operation.getName(), numbers(m)));
        }
        return result;
    }

    /** Blocks must call this interpreter, not the inner one that runs them. */
    private static Object onSelf(Ops self, Object arg) {
        if (arg instanceof Block block) {
            return (Block) (ops, x) -> block.forward(self, x);
        }
        if (arg instanceof List<?> list) {
            List<Object> blocks = new ArrayList<>();
            list.forEach(entry -> blocks.add(onSelf(self, entry)));
            return blocks;
        }
        return arg;
    }

    static float[] numbers(Matrix m) {
        float[] out = new float[m.rows() * m.cols()];
        for (int r = 0; r < m.rows(); r++) {
            System.arraycopy(m.toArray(r), 0, out, r * m.cols(), m.cols());
        }
        return out;
    }
}
