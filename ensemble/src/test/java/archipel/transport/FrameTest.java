package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.Seeded;
import archipel.transport.FrameReader.Received;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Frames from the writer to the reader, without a network. */
class FrameTest {
    private static final int MOST = 1 << 20;

    private static FrameReader reader(InputStream in, int bound) {
        return new FrameReader(in, bound, () -> 0, new TransportCounters());
    }

    private static FrameReader reader(ByteBuffer bytes) {
        return reader(new ByteArrayInputStream(bytes.array(), 0, bytes.position()), MOST);
    }

    /** Gives what there is in pieces of any length. */
    private static InputStream inPieces(byte[] bytes, SplittableRandom random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int from, int length) {
                return super.read(into, from, Math.min(length, random.nextInt(1, 20_000)));
            }
        };
    }

    @Test
    void written_anyFrames_areReadAsTheyWere() {
        Seeded.check(30, random -> {
            List<byte[]> payloads = new ArrayList<>();
            FrameQueue queue = new FrameQueue();
            int count = random.nextInt(1, 40);
            for (int i = 0; i < count; i++) {
                byte[] payload = new byte[random.nextInt(random.nextBoolean() ? 100 : 200_000)];
                random.nextBytes(payload);
                payloads.add(payload);
                int cut = random.nextInt(payload.length + 1);
                ByteBuffer direct =
                        ByteBuffer.allocateDirect(cut).put(payload, 0, cut).flip();
                ByteBuffer rest = ByteBuffer.wrap(payload, cut, payload.length - cut);
                assertTrue(queue.offer(new Frame(FrameKind.REQUEST, (byte) 1, i, direct, rest), Long.MAX_VALUE));
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            FrameWriter writer = new FrameWriter(queue, out, () -> {}, () -> 0, new TransportCounters());
            queue.offer(
                    new Frame(FrameKind.PING, (byte) 0, 99) {
                        @Override
                        void written() {
                            queue.close();
                        }
                    },
                    Long.MAX_VALUE);
            writer.run();
            assertEquals(0, queue.bytes());

            FrameReader reader = reader(inPieces(out.toByteArray(), random), MOST);
            for (int i = 0; i < count; i++) {
                Received received = reader.next();
                assertEquals(FrameKind.REQUEST, received.kind());
                assertEquals(i, received.id());
                byte[] payload = new byte[received.payload().remaining()];
                received.payload().get(payload);
                assertArrayEquals(payloads.get(i), payload);
            }
            assertEquals(FrameKind.PING, reader.next().kind());
            assertThrows(EOFException.class, reader::next);
        });
    }

    @Test
    void next_lengthBeyondTheBound_isRefusedBeforeItIsRead() {
        for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 9, 4 << 20}) {
            ByteBuffer bytes = ByteBuffer.allocate(14)
                    .putInt(length)
                    .put((byte) 6)
                    .put((byte) 0)
                    .putLong(1);
            assertThrows(WireException.class, () -> reader(bytes).next(), "length " + length);
        }
    }

    @Test
    void next_unknownKind_isRefused() {
        for (int kind : new int[] {0, 11, 15, 16, 127, -1}) {
            ByteBuffer bytes = ByteBuffer.allocate(14)
                    .putInt(10)
                    .put((byte) kind)
                    .put((byte) 0)
                    .putLong(1);
            assertThrows(WireException.class, () -> reader(bytes).next(), "kind " + kind);
        }
    }

    @Test
    void codes_ofTheWire_areTheirsForEver() throws IOException {
        for (FrameKind kind : FrameKind.values()) {
            assertEquals(kind, FrameKind.of(kind.code()));
        }
        for (Service service : Service.values()) {
            assertEquals(service, Service.of(service.code()));
        }
        for (Lane lane : Lane.values()) {
            assertEquals(lane, Lane.of(lane.code()));
        }
        String codes = Arrays.stream(Service.values())
                .map(service -> service + " " + service.code())
                .collect(Collectors.joining(", "));
        assertEquals("RAFT_CONTROL 0, RAFT_LOG 1, FORWARD 3, IMAGE 5, MEMBERS 6, MEMBERSHIP 7, CHAINS 8", codes);
        assertNull(Service.of((byte) 15));
        assertThrows(WireException.class, () -> Lane.of((byte) -1));
    }

    @Test
    void offer_beyondTheBound_isRefusedButForOneAlone() {
        FrameQueue queue = new FrameQueue();
        Frame large = new Frame(FrameKind.REQUEST, (byte) 0, 1, ByteBuffer.allocate(1000));
        assertTrue(queue.offer(large, 100));
        assertFalse(queue.offer(new Frame(FrameKind.PING, (byte) 0, 2), 100));
        assertEquals(large.bytes(), queue.bytes());
        assertEquals(large, queue.poll());
        // It counts until it is written.
        assertFalse(queue.offer(new Frame(FrameKind.PING, (byte) 0, 2), 100));
        queue.release(large.bytes());
        assertTrue(queue.offer(new Frame(FrameKind.PING, (byte) 0, 2), 100));
    }
}
