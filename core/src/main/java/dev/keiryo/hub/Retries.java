package dev.keiryo.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;

/** How often, and after what pause, a request is repeated: with doubling delays, until nothing has arrived five times running. */
final class Retries {
    private static final int MAX_FAILURES = 5;
    /** A host that cannot be reached at all rarely comes back within seconds. */
    private static final int MAX_UNREACHABLE = 2;

    private final Duration first;
    private final Progress progress;
    private int failures;

    Retries(Duration first, Progress progress) {
        this.first = first;
        this.progress = progress;
    }

    /** Bytes have arrived: the count starts again. */
    void progressed() {
        failures = 0;
    }

    /**
     * Waits before the next try.
     *
     * @param what what was being fetched
     * @throws IOException the failure itself, where trying again is of no use or was in vain
     */
    void pause(String what, IOException failure) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        boolean unreachable = failure instanceof ConnectException || failure instanceof HttpConnectTimeoutException;
        failures++;
        if (failure instanceof HubException
                || failure instanceof SSLHandshakeException
                || failures >= (unreachable ? MAX_UNREACHABLE : MAX_FAILURES)) {
            throw failure;
        }
        Duration delay = first.multipliedBy(1L << (failures - 1));
        if (failure instanceof BusyException busy && busy.delay.compareTo(delay) > 0) {
            delay = busy.delay;
        }
        progress.note(what + ": " + failure.getMessage() + "; trying again in "
                + Math.max(1, delay.plusMillis(500).toSeconds()) + " s");
        Thread.sleep(delay);
    }

    /** The server asks for patience: 429 or 5xx, perhaps with Retry-After. */
    static final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        private final Duration delay;

        BusyException(String message, Duration delay) {
            super(message);
            this.delay = delay;
        }
    }
}
