package archipel.calls;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What a call has to have while it is made, such as a lock. Asked before each attempt, and while one is under way. */
public interface Permit {
    /** For calls that need none. */
    Permit NONE = new Permit() {
        @Override
        public void require() {
            // There is nothing that could be lost.
        }

        @Override
        public long leftNanos() {
            return Long.MAX_VALUE;
        }
    };

    /** For what goes on until somebody closes it; asked often, so that it ends soon then. */
    static Permit unless(BooleanSupplier closed) {
        return new Permit() {
            @Override
            public void require() {
                if (closed.getAsBoolean()) {
                    throw new IllegalStateException("it is closed");
                }
            }

            @Override
            public long leftNanos() {
                return closed.getAsBoolean() ? 0 : TimeUnit.MILLISECONDS.toNanos(50);
            }
        };
    }

    /** @throws archipel.failures.ArchipelException where it is lost */
    void require();

    /** For how long it is there for certain, unless it is prolonged; zero or less once it is lost. */
    long leftNanos();
}
