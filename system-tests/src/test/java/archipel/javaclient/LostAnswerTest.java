package archipel.javaclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.client.Archipel;
import archipel.client.AttachmentSource;
import archipel.client.BulkOutcome;
import archipel.client.BulkWrite;
import archipel.client.Database;
import archipel.client.Document;
import archipel.client.Written;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.failures.ConflictException;
import archipel.failures.OutcomeUnknownException;
import archipel.objects.ReadOnly;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes that are carried out and whose answer does not come. */
final class LostAnswerTest {
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private static Path directory;

    private static ServerProcess server;

    private LossyProxy proxy;
    private Archipel archipel;
    private Archipel direct;
    private Database islands;

    @BeforeAll
    static void startServer() throws IOException {
        server = ServerProcess.start(ServerOptions.in(directory));
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void connect() throws IOException {
        proxy = new LossyProxy(server.url());
        archipel = Archipel.connect(proxy.url(ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD));
        direct = Archipel.connect(server.adminUrl());
        islands = archipel.database("islands");
        islands.create();
    }

    @AfterEach
    void drop() {
        direct.database("islands").delete();
        direct.close();
        archipel.close();
        proxy.close();
    }

    @Test
    void create_answerLost_isRecognised() {
        proxy.loseNext("PUT /islands/sein");
        Written written = islands.create("sein", new Island("Sein", 0.58));
        assertEquals(islands.get("sein").revision(), written.revision());
        assertEquals(1, proxy.losses());
    }

    /** One of each type whose tree is another one than that of its text. */
    record Measures(
            long ships,
            short piers,
            float tide,
            double area,
            BigDecimal fee,
            BigInteger grains,
            byte[] map,
            List<Long> years) {}

    @Test
    void write_answersLost_areRecognisedWhateverTypesTheMembersHave() {
        Measures measures = new Measures(
                5,
                (short) 2,
                7.1f,
                1e21,
                new BigDecimal("12345678901234567.890"),
                BigInteger.TWO.pow(80),
                new byte[] {1, 2, 3},
                List.of(1896L));
        proxy.loseNext("PUT /islands/sein");
        Written first = islands.create("sein", measures);
        proxy.loseNext("PUT /islands/sein");
        Written second = islands.replace("sein", first.revision(), measures);
        assertEquals(islands.get("sein").revision(), second.revision());
        proxy.loseNext("POST /islands/_bulk_docs");
        islands.writeAtomically(new BulkWrite()
                .create("groix", measures)
                .replace("sein", second.revision(), measures)
                .create("hoedic", new Island("Hoëdic", 2)));
        assertEquals(3, proxy.losses());
    }

    interface Till {
        void pay(long cents, BigDecimal rate);

        @ReadOnly
        String total();
    }

    public static final class TillState implements Till {
        private long sum;
        private BigDecimal rate = BigDecimal.ONE;
        private float half = 0.5f;

        @Override
        public void pay(long cents, BigDecimal rate) {
            sum += cents;
            this.rate = rate;
            half = sum / 2f;
        }

        @Override
        public String total() {
            return sum + " at " + rate.stripTrailingZeros() + ", half of it " + half;
        }
    }

    @Test
    void replicated_longAndDecimalFields_countsEachCallOnce() {
        Till till = archipel.replicated("islands/till", Till.class, TillState::new);
        for (int i = 1; i <= 3; i++) {
            proxy.loseNext("PUT /islands/till");
            till.pay(100, new BigDecimal("1.10"));
        }
        assertEquals("300 at 1.1, half of it 150.0", till.total());
        assertEquals(3, proxy.losses());
        assertEquals(0, archipel.objectCounters().conflicts());
    }

    @Test
    void replace_answerLostAndReplacedAgainByAnother_isRecognised() {
        Written first = islands.create("sein", new Island("Sein", 0.5));
        Database others = direct.database("islands");
        // Somebody replaces it before the client sends it again.
        AtomicInteger writes = new AtomicInteger();
        proxy.lose(request -> {
            if (!request.startsWith("PUT /islands/sein") || writes.getAndIncrement() > 0) {
                return false;
            }
            Document<Island> mine = others.get("sein", Island.class);
            others.replace(mine.with(new Island("Enez Sun", 0.58)));
            return true;
        });
        Written written = islands.replace("sein", first.revision(), new Island("Sein", 0.58));
        assertTrue(written.revision().startsWith("2-"), written.revision());
        assertTrue(others.get("sein").revision().startsWith("3-"));
    }

    @Test
    void replace_anotherOneCameFirst_isAConflict() {
        Written first = islands.create("sein", new Island("Sein", 0.5));
        direct.database("islands").replace("sein", first.revision(), new Island("Enez Sun", 0.58));
        proxy.loseNext("PUT /islands/sein");
        assertThrows(
                ConflictException.class, () -> islands.replace("sein", first.revision(), new Island("Sein", 0.58)));
        assertEquals(1, proxy.losses());
    }

    @Test
    void delete_answerLost_isRecognised() {
        Written first = islands.create("sein", new Island("Sein", 0.5));
        proxy.loseNext("DELETE /islands/sein");
        assertTrue(islands.delete("sein", first.revision()).revision().startsWith("2-"));
    }

    @Test
    void write_bulkAnswerLost_tellsOwnFromOthers() {
        Written first = islands.create("sein", new Island("Sein", 0.5));
        direct.database("islands").replace("sein", first.revision(), new Island("Enez Sun", 0.58));
        proxy.loseNext("POST /islands/_bulk_docs");
        List<BulkOutcome> outcomes = islands.write(new BulkWrite()
                .create("groix", new Island("Groix", 14.8))
                .replace("sein", first.revision(), new Island("Sein", 0.6)));
        assertInstanceOf(BulkOutcome.Stored.class, outcomes.get(0));
        assertInstanceOf(BulkOutcome.Refused.class, outcomes.get(1));
    }

    @Test
    void writeAtomically_answerLost_isRecognised() {
        proxy.loseNext("POST /islands/_bulk_docs");
        List<BulkOutcome> outcomes = islands.writeAtomically(
                new BulkWrite().create("groix", new Island("Groix", 14.8)).create("sein", new Island("Sein", 0.6)));
        assertEquals(2, outcomes.size());
        assertEquals(1, proxy.losses());
    }

    @Test
    void putAttachment_answerLost_isRecognised() {
        Written first = islands.create("sein", new Island("Sein", 0.5));
        proxy.loseNext("PUT /islands/sein/map");
        Written written = islands.putAttachment(
                "sein", first.revision(), "map", "text/plain", AttachmentSource.of("a map".getBytes(UTF_8)));
        assertEquals(islands.get("sein").revision(), written.revision());
        proxy.loseNext("DELETE /islands/sein/map");
        assertThrows(OutcomeUnknownException.class, () -> islands.deleteAttachment("sein", written.revision(), "map"));
    }

    @Test
    void delete_databaseAnswerLost_isUnknownAndNotRepeated() {
        direct.database("other").create();
        proxy.loseNext("DELETE /other");
        assertThrows(
                OutcomeUnknownException.class, () -> archipel.database("other").delete());
    }

    interface Counter {
        int add(int more);

        @ReadOnly
        int sum();
    }

    public static final class CounterState implements Counter {
        private int sum;

        @Override
        public int add(int more) {
            sum += more;
            return sum;
        }

        @Override
        public int sum() {
            return sum;
        }
    }

    /** Equal changes of an equal state are told apart. */
    @Test
    void replicated_manyAnswersLost_countsEachCallOnce() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        proxy.lose(request -> {
            synchronized (random) {
                return request.startsWith("PUT /islands/counter") && random.nextInt(3) == 0;
            }
        });
        List<Thread> threads = new ArrayList<>();
        List<Archipel> clients = new ArrayList<>();
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            Archipel client = Archipel.connect(proxy.url(ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD));
            clients.add(client);
            Counter counter = client.replicated("islands/counter", Counter.class, CounterState::new);
            threads.add(Thread.ofVirtual().start(() -> {
                for (int n = 0; n < 25; n++) {
                    counter.add(1);
                    done.incrementAndGet();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        clients.forEach(Archipel::close);
        Counter counter = direct.replicated("islands/counter", Counter.class, CounterState::new);
        assertEquals(100, done.get());
        assertEquals(100, counter.sum(), "seed " + SEED);
        assertTrue(proxy.losses() > 10);
    }
}
