module github.com/acme/shop/services/gate

go 1.24
