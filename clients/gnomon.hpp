// gnomon from C++17: one header, POSIX sockets, nothing else.
//
//   gnomon::Run run("digits", "brave-otter-7", R"({"lr": 0.1})");
//   run.log({{"train/loss", 0.5}, {"train/acc", 0.9}}, 1);
//   run.text("note", "warm-up over", 1);
//   run.finish();                           // else the run counts as failed when it goes out of scope by an exception
//
// GNOMON_URL (http://host:port, default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Nothing here throws. Lines are
// kept until the server has them, 16 MB at most, and stored there once however often they are sent. Safe to use from threads.
#pragma once
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <mutex>
#include <string>
#include <utility>

namespace gnomon {

class Run {
    using Clock = std::chrono::steady_clock;

   public:
    using Value = std::pair<std::string, double>;

    Run(const std::string& project, const std::string& name, const std::string& config_json = "{}")
        : head_("\"project\":" + quote(project) + ",\"run\":" + quote(name) + ",\"writer\":\"cpp-" +
                std::to_string(getpid()) + "-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) +
                "\",") {
        const char *url = std::getenv("GNOMON_URL"), *token = std::getenv("GNOMON_TOKEN");
        char host[256], port[16] = "7117";
        if (url && std::sscanf(url, "http://%255[^:/]:%15[0-9]", host, port) >= 1) host_ = host, port_ = port;
        if (token) token_ = std::string("Authorization: Bearer ") + token + "\r\n";
        line("\"config\":" + config_json);
    }
    ~Run() { if (!finished_) finish(std::uncaught_exceptions() > entered_ ? "failed" : "finished"); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void log(std::initializer_list<Value> values, long step) {
        std::string fields = "\"step\":" + std::to_string(step);
        for (const auto& [key, value] : values) fields += "," + quote(key) + ":" + number(value);
        line(fields);
    }
    void text(const std::string& key, const std::string& text, long step) {
        line("\"step\":" + std::to_string(step) + "," + quote(key) + ":" + quote(text));
    }
    /// Send what waits; true when the server has everything.
    bool flush() {
        std::lock_guard<std::mutex> hold(mutex_);
        return send_all();
    }
    bool finish(const std::string& state = "finished") {
        finished_ = true;
        line("\"state\":" + quote(state));
        return flush();
    }
    long dropped() const { return dropped_; }

   private:
    void line(const std::string& fields) {
        std::lock_guard<std::mutex> hold(mutex_);
        if (lines_.size() + fields.size() > (16u << 20)) { dropped_++; return; }
        lines_ += "{" + head_ + "\"batch\":" + std::to_string(++batch_) + "," + fields + "}\n";
        if (lines_.size() > (1u << 19) || Clock::now() - sent_ > std::chrono::seconds(1)) send_all();
    }

    bool send_all() {
        if (lines_.empty()) return true;
        sent_ = Clock::now();
        addrinfo hints{}, *found = nullptr;
        hints.ai_socktype = SOCK_STREAM;
        if (getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found)) return false;
        int fd = socket(found->ai_family, SOCK_STREAM, 0), status = 0;
        timeval limit{5, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (fd >= 0 && !connect(fd, found->ai_addr, found->ai_addrlen)) {
            std::string all = "POST /api/v1/ingest HTTP/1.1\r\nHost: " + host_ + ":" + port_ + "\r\n" + token_ +
                "Connection: close\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
                std::to_string(lines_.size()) + "\r\n\r\n" + lines_;
            size_t done = 0;
            for (ssize_t n; done < all.size() && (n = send(fd, all.data() + done, all.size() - done, MSG_NOSIGNAL)) > 0;)
                done += static_cast<size_t>(n);
            char answer[13] = "";
            if (recv(fd, answer, 12, MSG_WAITALL) == 12) status = std::atoi(answer + 9);
        }
        if (fd >= 0) close(fd);
        freeaddrinfo(found);
        if (status == 400) std::cerr << "gnomon: the server refused lines\n";
        if (status != 200 && status != 400) return false;  // away, busy or full: the lines stay and go again
        lines_.clear();
        return true;
    }

    static std::string number(double value) {
        if (std::isnan(value)) return "\"NaN\"";
        if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
        char text[32];
        std::snprintf(text, sizeof text, "%.17g", value);
        return text;
    }

    static std::string quote(const std::string& text) {
        std::string out = "\"";
        for (unsigned char c : text) {
            char escaped[8];
            if (c < 32) { std::snprintf(escaped, sizeof escaped, "\\u%04x", c); out += escaped; continue; }
            if (c == '"' || c == '\\') out += '\\';
            out += static_cast<char>(c);
        }
        return out + "\"";
    }

    std::string head_, lines_, host_ = "127.0.0.1", port_ = "7117", token_;
    long batch_ = 0, dropped_ = 0;
    int entered_ = std::uncaught_exceptions();
    bool finished_ = false;
    Clock::time_point sent_{};
    std::mutex mutex_;
};

}  // namespace gnomon
