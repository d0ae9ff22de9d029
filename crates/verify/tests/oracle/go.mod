module kubepki.dev/oracle

go 1.26
