package archipel.javaclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.client.Archipel;
import archipel.client.Database;
import archipel.client.Listing;
import archipel.client.Written;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.failures.ConflictException;
import archipel.sessions.DocumentSession;
import archipel.sessions.DocumentSessionRepository;
import archipel.sessions.EnableArchipelHttpSession;
import archipel.sessions.ExpiredSessionCleanup;
import archipel.sessions.JavaAttributeCodec;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.FlushMode;
import org.springframework.session.SaveMode;
import org.springframework.session.config.SessionRepositoryCustomizer;
import org.springframework.session.web.http.SessionRepositoryFilter;

/** Sessions of Spring Session in the documents of a node. */
final class SessionRepositoryTest {
    @TempDir
    private static Path directory;

    private static ServerProcess server;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-31T12:00:00Z"));
    private Archipel archipel;
    private Database database;
    private DocumentSessionRepository sessions;

    @BeforeAll
    static void startServer() throws IOException {
        server = ServerProcess.start(ServerOptions.in(directory));
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void connect() {
        archipel = Archipel.connect(server.adminUrl());
        database = archipel.database("sessions");
        sessions = repository();
        sessions.prepare();
        sessions.prepare();
    }

    private DocumentSessionRepository repository() {
        return new DocumentSessionRepository(database, now::get);
    }

    @AfterEach
    void drop() {
        database.delete();
        archipel.close();
    }

    private DocumentSession read(String id) {
        return assertNotNull(repository().findById(id));
    }

    private static <T> T assertNotNull(T value) {
        org.junit.jupiter.api.Assertions.assertNotNull(value);
        return value;
    }

    private long documents() {
        return database.ids(Listing.all()).stream()
                .map(Written::id)
                .filter(id -> !id.startsWith("_"))
                .count();
    }

    @Test
    void save_attributesAndTimes_areThereForAnotherServer() {
        DocumentSession session = sessions.createSession();
        session.setAttribute("basket", new ArrayList<>(List.of("rope")));
        session.setMaxInactiveInterval(Duration.ofMinutes(5));
        sessions.save(session);

        DocumentSession other = read(session.getId());
        assertEquals(List.of("rope"), other.getAttribute("basket"));
        assertEquals(Duration.ofMinutes(5), other.getMaxInactiveInterval());
        assertEquals(session.getCreationTime(), other.getCreationTime());
        other.removeAttribute("basket");
        sessions.save(other);
        assertEquals(Set.of(), read(session.getId()).getAttributeNames());
    }

    @Test
    void save_twoRequestsAtOnce_keepEachOthersAttributes() {
        DocumentSession session = sessions.createSession();
        session.setAttribute("a", 1);
        sessions.save(session);
        DocumentSession first = read(session.getId());
        DocumentSession second = read(session.getId());
        first.setAttribute("a", 2);
        second.setAttribute("b", 3);
        sessions.save(second);
        sessions.save(first);
        assertEquals(2, read(session.getId()).<Integer>getAttribute("a"));
        assertEquals(3, read(session.getId()).<Integer>getAttribute("b"));
    }

    @Test
    void save_sessionDeletedMeanwhile_staysDeleted() {
        DocumentSession session = sessions.createSession();
        sessions.save(session);
        DocumentSession late = read(session.getId());
        sessions.deleteById(session.getId());
        sessions.deleteById(session.getId());
        late.setAttribute("a", 1);
        sessions.save(late);
        assertNull(sessions.findById(session.getId()));
        assertEquals(0, documents());
    }

    @Test
    void changeSessionId_saved_leavesTheFormerIdGoodForNothing() {
        DocumentSession session = sessions.createSession();
        session.setAttribute("a", 1);
        sessions.save(session);
        String former = session.getId();
        DocumentSession same = read(former);
        assertNotEquals(former, same.changeSessionId());
        sessions.save(same);
        assertNull(sessions.findById(former));
        assertEquals(1, read(same.getId()).<Integer>getAttribute("a"));
        same.setAttribute("a", 2);
        sessions.save(same);
        assertEquals(2, read(same.getId()).<Integer>getAttribute("a"));
    }

    @Test
    void findById_expired_isGoneAndCleanedUp() {
        sessions.setDefaultMaxInactiveInterval(Duration.ofSeconds(60));
        DocumentSession one = sessions.createSession();
        sessions.save(one);
        DocumentSession two = sessions.createSession();
        sessions.save(two);
        DocumentSession forEver = sessions.createSession();
        forEver.setMaxInactiveInterval(Duration.ofSeconds(-1));
        sessions.save(forEver);
        now.set(now.get().plusSeconds(59));
        assertEquals(0, sessions.cleanUpExpiredSessions());
        DocumentSession used = read(two.getId());
        used.setLastAccessedTime(now.get());
        sessions.save(used);
        now.set(now.get().plusSeconds(1));
        assertEquals(3, documents());
        assertNull(sessions.findById(one.getId()));
        assertEquals(2, documents());
        now.set(now.get().plusSeconds(59));
        try (ExpiredSessionCleanup cleanup = new ExpiredSessionCleanup(sessions, Duration.ofMillis(20))) {
            Awaitility.await().until(() -> documents() == 1);
            assertTrue(cleanup.toString().contains("Cleanup"));
        }
        assertNotNull(sessions.findById(forEver.getId()));
    }

    @Test
    void findByPrincipalName_severalSessions_findsThoseOfTheUser() {
        for (String name : List.of("ann", "ben", "ann")) {
            DocumentSession session = sessions.createSession();
            session.setAttribute(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, name);
            sessions.save(session);
        }
        assertEquals(2, sessions.findByPrincipalName("ann").size());
        assertEquals(0, sessions.findByPrincipalName("carl").size());
        assertEquals(0, sessions.findByIndexNameAndIndexValue("other", "ann").size());
    }

    @Test
    void save_sessionLoadedBeforeAnotherRequestChangedIt_keepsThatChange() {
        DocumentSession session = sessions.createSession();
        sessions.save(session);
        DocumentSession slow = read(session.getId());
        DocumentSession quick = read(session.getId());
        quick.setAttribute(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, "ann");
        quick.setMaxInactiveInterval(Duration.ofHours(8));
        sessions.save(quick);
        slow.setLastAccessedTime(now.get().plusSeconds(1));
        slow.setAttribute("a", "x");
        sessions.save(slow);
        assertEquals(Duration.ofHours(8), read(session.getId()).getMaxInactiveInterval());
        assertEquals(
                Set.of(session.getId()), sessions.findByPrincipalName("ann").keySet());
        now.set(now.get().plusSeconds(7 * 3600));
        assertEquals(0, sessions.cleanUpExpiredSessions());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "_design/sessions", "_all_docs", "../islands", "a/b?c#d", "\u0000\n"})
    void findById_anythingThatABrowserSends_isNoSession(String id) {
        assertNull(sessions.findById(id));
        assertNull(sessions.findById(id + "x".repeat(10_000)));
        sessions.deleteById(id);
    }

    @Test
    void modes_ofSavingAndFlushing_areSprings() {
        sessions.setFlushMode(FlushMode.IMMEDIATE);
        DocumentSession session = sessions.createSession();
        session.setAttribute("list", new ArrayList<>(List.of("a")));
        assertEquals(List.of("a"), read(session.getId()).getAttribute("list"));
        sessions.setFlushMode(FlushMode.ON_SAVE);
        sessions.setSaveMode(SaveMode.ON_GET_ATTRIBUTE);
        DocumentSession got = assertNotNull(sessions.findById(session.getId()));
        got.<List<String>>getAttribute("list").add("b");
        sessions.save(got);
        assertEquals(List.of("a", "b"), read(session.getId()).getAttribute("list"));
        sessions.setSaveMode(SaveMode.ALWAYS);
        DocumentSession always = assertNotNull(sessions.findById(session.getId()));
        always.<List<String>>getAttribute("list").add("c");
        sessions.save(always);
        assertEquals(List.of("a", "b", "c"), read(session.getId()).getAttribute("list"));
    }

    @Test
    void findByPrincipalName_flushedImmediately_writesEachChange() {
        sessions.setFlushMode(FlushMode.IMMEDIATE);
        DocumentSession session = sessions.createSession();
        session.setAttribute(FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME, "ann");
        DocumentSession found =
                assertNotNull(sessions.findByPrincipalName("ann").get(session.getId()));
        found.setAttribute("a", "x");
        assertEquals("x", read(session.getId()).getAttribute("a"));
    }

    @Test
    void save_idThatAnotherSessionHas_doesNotTakeItOver() {
        sessions.setSessionIdGenerator(() -> "1");
        DocumentSession hers = sessions.createSession();
        hers.setAttribute("a", "x");
        sessions.save(hers);
        DocumentSession his = sessions.createSession();
        his.setAttribute("a", "y");
        assertThrows(ConflictException.class, () -> sessions.save(his));
        assertEquals("x", read("1").getAttribute("a"));
    }

    @Test
    void codec_filter_refusesOtherClasses() {
        DocumentSession session = sessions.createSession();
        session.setAttribute("a", new ArrayList<>(List.of("x")));
        sessions.save(session);
        DocumentSessionRepository strict = repository();
        strict.setAttributeCodec(new JavaAttributeCodec(ObjectInputFilter.Config.createFilter("java.lang.*;!*")));
        DocumentSession found = assertNotNull(strict.findById(session.getId()));
        assertThrows(IllegalArgumentException.class, () -> found.getAttribute("a"));
        // Whoever cannot read one attribute goes on with the others, and leaves it as it is.
        found.setAttribute("c", "y");
        strict.save(found);
        assertEquals(List.of("x"), read(session.getId()).getAttribute("a"));
        assertEquals(Set.of("a", "c"), read(session.getId()).getAttributeNames());
        session.setAttribute("b", new Object());
        assertThrows(IllegalArgumentException.class, () -> sessions.save(session));
    }

    @Configuration
    @EnableArchipelHttpSession(database = "sessions", maxInactiveIntervalInSeconds = 77)
    static class Application {
        @Bean(destroyMethod = "close")
        Archipel archipel() {
            return Archipel.connect(server.adminUrl());
        }

        @Bean
        SessionRepositoryCustomizer<DocumentSessionRepository> shortIds() {
            return sessions -> sessions.setSessionIdGenerator(() -> "short");
        }
    }

    @Test
    void enableArchipelHttpSession_application_hasTheFilter() {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Application.class)) {
            assertFalse(context.getBeansOfType(SessionRepositoryFilter.class).isEmpty());
            DocumentSessionRepository made = context.getBean(DocumentSessionRepository.class);
            assertEquals(Duration.ofSeconds(77), made.createSession().getMaxInactiveInterval());
            assertEquals("short", made.createSession().getId());
        }
    }
}
