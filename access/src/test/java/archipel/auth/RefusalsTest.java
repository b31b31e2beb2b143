package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How many refused logins wait. */
class RefusalsTest {
    private static final Settings SETTINGS = Settings.of(
            SettingCatalog.of(AccountSettings.GROUP),
            Map.of(),
            Map.of(
                    "ARCHIPEL_PBKDF2_ITERATIONS", "100000",
                    "ARCHIPEL_REFUSED_LOGINS", "5",
                    "ARCHIPEL_REFUSED_LOGINS_PER_ADDRESS", "3"));

    @Test
    void await_moreThanMayWait_isRefusedAtOnce() throws InterruptedException {
        // By this clock hashing takes five seconds, so that those who wait still do when the test has looked.
        AtomicLong steps = new AtomicLong();
        Passwords passwords = new Passwords(SETTINGS, new SecureRandom(), () -> steps.addAndGet(5_000));
        assertEquals(5_000, passwords.expectedMs(1));
        Refusals refusals = new Refusals(SETTINGS, passwords, () -> 0);
        Refusals.Due due = refusals.begin();
        CountDownLatch refused = new CountDownLatch(9);
        CountDownLatch told = new CountDownLatch(3);
        for (int i = 0; i < 12; i++) {
            Thread.ofVirtual().start(() -> {
                try {
                    refusals.await(due, "10.0.0.1");
                    told.countDown();
                } catch (RequestException e) {
                    assertEquals(ErrorCode.TOO_MANY_LOGINS, e.code());
                    refused.countDown();
                }
            });
        }
        assertTrue(refused.await(30, TimeUnit.SECONDS));
        assertEquals(3, told.getCount());
        assertTrue(refusals.isFull("10.0.0.1"));
        assertFalse(refusals.isFull("10.0.0.2"));
        refusals.close();
        assertTrue(told.await(30, TimeUnit.SECONDS));
        assertFalse(refusals.isFull("10.0.0.1"));
    }
}
