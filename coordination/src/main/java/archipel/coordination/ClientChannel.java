package archipel.coordination;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.Certificate;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A client's socket as the library sees it: what is read was cut into frames before, and what is written is counted.
 * {@link #receive} and {@link #transmit} have the bytes of the protocol; what is on the wire may be others.
 */
class ClientChannel extends SocketChannel {
    private final SocketChannel socket;
    private @Nullable FrameReader reader;
    private IntConsumer sent = bytes -> {};

    ClientChannel(SocketChannel socket) {
        super(socket.provider());
        this.socket = socket;
    }

    /**
     * Before the library reads.
     *
     * @param told how many bytes were sent, each time
     */
    final FrameReader begin(FrameReader.Frames frames, IntConsumer told) {
        FrameReader made = new FrameReader(this::receive, frames);
        sent = told;
        reader = made;
        return made;
    }

    /** Some of what the client has sent; -1 once it sends no more. */
    int receive(ByteBuffer into) throws IOException {
        return socket.read(into);
    }

    /** Sends some of it. @return how many bytes need not be given again */
    int transmit(ByteBuffer from) throws IOException {
        return socket.write(from);
    }

    /** Whether something has come that {@link #receive} has not given yet, though the socket has no more. */
    boolean hasReceived() {
        return false;
    }

    /** Whether something waits for the socket to take more. */
    boolean hasUnsent() {
        return false;
    }

    /** Sends what waits, as far as the socket takes it. */
    void flush() throws IOException {}

    /** Tells the client that no more will come, where the end of the connection alone does not. */
    void goodbye() {}

    /** Whether others cannot read it. */
    boolean isSecure() {
        return false;
    }

    /** What the client has shown of itself; null where it has not. */
    Certificate @Nullable [] shown() {
        return null;
    }

    final SocketChannel wire() {
        return socket;
    }

    @Override
    public final int read(ByteBuffer into) throws IOException {
        FrameReader frames = reader;
        return frames == null ? 0 : frames.read(into);
    }

    @Override
    public final long read(ByteBuffer[] into, int offset, int length) throws IOException {
        throw new UnsupportedOperationException("the library reads into one buffer at a time");
    }

    @Override
    public final int write(ByteBuffer from) throws IOException {
        int bytes = transmit(from);
        sent.accept(bytes);
        return bytes;
    }

    @Override
    public final long write(ByteBuffer[] from, int offset, int length) throws IOException {
        throw new UnsupportedOperationException("the library writes from one buffer at a time");
    }

    @Override
    public final SocketChannel bind(@Nullable SocketAddress local) throws IOException {
        socket.bind(local);
        return this;
    }

    @Override
    public final <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        socket.setOption(name, value);
        return this;
    }

    @Override
    public final <T> T getOption(SocketOption<T> name) throws IOException {
        return socket.getOption(name);
    }

    @Override
    public final Set<SocketOption<?>> supportedOptions() {
        return socket.supportedOptions();
    }

    @Override
    public final SocketChannel shutdownInput() throws IOException {
        socket.shutdownInput();
        return this;
    }

    @Override
    public final SocketChannel shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    @Override
    public final Socket socket() {
        return socket.socket();
    }

    @Override
    public final boolean isConnected() {
        return socket.isConnected();
    }

    @Override
    public final boolean isConnectionPending() {
        return false;
    }

    @Override
    public final boolean connect(SocketAddress remote) throws IOException {
        return socket.connect(remote);
    }

    @Override
    public final boolean finishConnect() throws IOException {
        return socket.finishConnect();
    }

    @Override
    public final @Nullable SocketAddress getRemoteAddress() throws IOException {
        return socket.getRemoteAddress();
    }

    @Override
    public final @Nullable SocketAddress getLocalAddress() throws IOException {
        return socket.getLocalAddress();
    }

    @Override
    protected final void implCloseSelectableChannel() throws IOException {
        socket.close();
    }

    @Override
    protected final void implConfigureBlocking(boolean block) throws IOException {
        socket.configureBlocking(block);
    }
}
