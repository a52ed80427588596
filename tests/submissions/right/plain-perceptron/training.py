# the loop of the lecture, nothing else
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    losses = []
    for epoch in range(n_epochs):
        model.train()
        train_loss = 0.0
        for data, target in train_loader:
            data = data.to(device)
            target = target.to(device)
            # clear the gradients of all optimized variables
            optimizer.zero_grad()
            # forward pass
            output = model(data)
            # calculate the loss
            loss = criterion(output, target)
            # backward pass
            loss.backward()
            # a single optimization step
            optimizer.step()
            # update running training loss
            train_loss += loss.item() * data.size(0)
        train_loss = train_loss / len(train_loader.dataset)
        print("Epoch: {} \tTraining Loss: {:.6f}".format(epoch + 1, train_loss))
        losses.append(train_loss)
    return losses
